using Xunit;

namespace Postern.Engine.Tests.Dane;

/// <summary>
/// A sample of the table, judged by <c>openssl s_client</c>: the library is the same, what was asked of it is not ours. It knows one
/// name only, takes a common name and a wildcard for a part of a label; the rows where that counts are left out.
/// </summary>
public sealed class SecondOpinionTests
{
    private const int EveryNth = 6;

    private static readonly string[] s_otherRules = ["domain", "nameless", "partwild"];

    [Theory]
    [MemberData(nameof(Rows))]
    public void OpenSSL_agrees(int line, string why)
    {
        VerifierCase row = CaseTable.Instance.Cases[line];
        using var server = new OpenSslServer(row.Shown);
        string said = server.Ask("mx.example.org", CaseTable.Instance.Records(row.Demand).Select(record => record.ToString()));
        bool good = said.Contains("Verification: OK", StringComparison.Ordinal);
        Assert.True(good || said.Contains("verify error", StringComparison.OrdinalIgnoreCase), $"{why}: no verdict: {said}");
        Assert.Equal((why, row.Outcome.StartsWith("authenticated", StringComparison.Ordinal)), (row.Why, good));
    }

    public static TheoryData<int, string> Rows()
    {
        var rows = new TheoryData<int, string>();
        (int Index, VerifierCase Item)[] all =
        [
            .. CaseTable.Instance.Cases.Index().Where(row => row.Item.Demand[0] is '2' or '3'
                && !row.Item.Outcome.StartsWith("encrypted", StringComparison.Ordinal) && !s_otherRules.Contains(row.Item.Shown[0])),
        ];
        for (int i = 0; i < all.Length; i += EveryNth)
            rows.Add(all[i].Index, all[i].Item.Why);
        return rows;
    }
}
