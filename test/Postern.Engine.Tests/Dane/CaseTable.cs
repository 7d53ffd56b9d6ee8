using System.Globalization;
using System.Text;
using Postern.Interop.LibSsl;
using Postern.Policy.Dane;

namespace Postern.Engine.Tests.Dane;

/// <summary>One line of the table.</summary>
internal sealed record VerifierCase(string[] Shown, string Demand, string Outcome, string Why);

/// <summary>cases.txt, read and its certificates made: once for all tests.</summary>
internal sealed class CaseTable
{
    private readonly Dictionary<string, TestCertificate> _certificates = new(StringComparer.Ordinal);

    private CaseTable(string path)
    {
        var cases = new List<VerifierCase>();
        foreach (string line in File.ReadLines(path).Where(line => line.Length > 0 && line[0] != '#'))
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words[0] == "cert")
            {
                _certificates.Add(words[1], TestCertificate.Make(words[1..], _certificates));
                continue;
            }

            string[] fields = line.Split('|', StringSplitOptions.TrimEntries);
            if (fields.Length != 4)
                throw new FormatException("not a line of the table: " + line);
            cases.Add(new VerifierCase(fields[0].Split(' '), fields[1], fields[2], fields[3]));
        }

        Cases = cases;
    }

    public static CaseTable Instance { get; } = new(Path.Combine(AppContext.BaseDirectory, "Dane", "cases.txt"));

    public IReadOnlyList<VerifierCase> Cases { get; }

    public TestCertificate Certificate(string name) => _certificates[name];

    /// <summary>The server's: its certificate first, in the order of the line.</summary>
    public TlsCertificate Server(string[] shown) => new(
        Encoding.ASCII.GetBytes(string.Concat(shown.Select(name => _certificates[name].Certificate.ExportCertificatePem() + "\n"))),
        Encoding.ASCII.GetBytes(_certificates[shown[0]].Key.ExportPkcs8PrivateKeyPem()));

    /// <param name="text"><c>3 1 1 leaf, 2 0 0 =3003020101</c></param>
    public TlsaRecord[] Records(string text) => [.. text.Split(',', StringSplitOptions.TrimEntries).Select(Record)];

    private TlsaRecord Record(string text)
    {
        string[] words = text.Split(' ');
        byte[] numbers = [.. words[..3].Select(word => byte.Parse(word, CultureInfo.InvariantCulture))];
        byte[] data = words[3][0] == '=' ? Convert.FromHexString(words[3].AsSpan(1)) : _certificates[words[3]].DataFor(numbers[1], numbers[2]);
        return TlsaRecord.Read([.. numbers, .. data])!;
    }
}
