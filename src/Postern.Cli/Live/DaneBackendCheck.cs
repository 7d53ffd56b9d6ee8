using System.Collections.Immutable;
using Postern.Configuration;
using Postern.Configuration.Settings;
using Postern.Policy.Dane;
using Postern.Policy.Decision;
using Postern.Policy.Survey;

namespace Postern.Cli.Live;

/// <summary>A backend that DANE must prove: what the DNS says of it, and then the backend itself, held to that.</summary>
/// <param name="gate">Before the backend.</param>
/// <param name="address">One of its addresses.</param>
/// <param name="hostName">The name that we greet with.</param>
/// <param name="peer">With <see cref="ExpectedPeer.IsDane"/>.</param>
/// <param name="look">Asks the DNS, and waits for it.</param>
internal sealed class DaneBackendCheck(GateSettings gate, ResolvedAddress address, string hostName, ExpectedPeer peer, Func<BackendFinding> look)
    : BackendCheck(gate, address, hostName)
{
    /// <summary>What it must show, as a sentence's end; empty while nothing is known.</summary>
    public string Found { get; private set; } = "";

    protected override async Task<ImmutableArray<Finding>> Look()
    {
        BackendFinding found = await Task.Run(look);
        if (found.Demand is not { } demand)
            return [Finding.Error($"is not proved by DANE, and every client would be refused: {found.Reason}; postern dns prints the records that a gate of Postern's calls for")];

        if (peer.HeldTo(demand) is not { } held)
            return [Finding.Error($"is not proved by DANE, and every client would be refused: OpenSSL takes none of the TLSA records of {demand.Sni}")];

        Found = $"{Address} must show {demand}, by DANE: {string.Join(", ", demand.Tlsa.Select(Short))}";
        return await new TlsBackendCheck(Gate, Target, HostName, held).Run();
    }

    /// <summary>A record may be a whole certificate.</summary>
    private static string Short(TlsaRecord record) => record.ToString() is { Length: > MaxRecord } text ? text[..MaxRecord] + "..." : record.ToString();

    private const int MaxRecord = 80;
}
