using System.Collections.Immutable;
using Postern.Interop.LibSsl;
using Postern.Interop.LibSsl.Demands;
using Postern.Policy.Dane;
using Postern.Policy.Decision;

namespace Postern.Engine.Upstream;

/// <summary>
/// What the policy demands of the next hop, put to OpenSSL, and OpenSSL's answer in the policy's words. There is one for all
/// kinds of demand, and whoever wants to know what a demand is worth goes through it, tests and <c>postern explain</c> too.
/// </summary>
/// <param name="client">Trusts the system's authorities: for DANE they do not count, unless a record says so (usages 0 and 1).</param>
public sealed class HopVerifier(TlsClient client)
{
    /// <summary>The demand in the terms of a handshake.</summary>
    /// <param name="demand">Of the verdict.</param>
    /// <param name="watch">What is verified besides and only reported; null: nothing. Only where nobody need be authenticated.</param>
    /// <param name="refused">Records that OpenSSL has no use for.</param>
    /// <returns>
    /// Null when it has no use for any record. What is demanded then is not for this place to say (RFC 7672 §2.2: TLS with anybody,
    /// but not where the operator wants more): decide again with <see cref="HostCase.Refused"/>.
    /// </returns>
    public ServerDemand? Prepare(TlsDemand demand, TlsDemand? watch, out ImmutableArray<TlsaRecord> refused)
    {
        refused = [];
        if (!demand.IsAuthenticated)
        {
            // The policy asks for the watched demand where mail is delivered whatever comes of it (RFC 8461 §5).
            return watch is null
                ? ServerDemand.Anybody(demand.Sni.Text)
                : Prepare(watch, null, out refused)?.Watched() ?? ServerDemand.Anybody(demand.Sni.Text);
        }

        switch (demand.Proof)
        {
            case TlsProof.WebPki:
                return ServerDemand.Chain(demand.Sni.Text, NamesOf(demand));
            case TlsProof.Pins:
                return ServerDemand.Keys(demand.Sni.Text, [.. demand.Pins.Select(pin => pin.Digest.ToArray())]);
            default:
                ImmutableArray<DaneRecord> records = Take(demand.Tlsa, out refused);
                return records.IsEmpty ? null : ServerDemand.Dane(demand.Sni.Text, NamesOf(demand), records);
        }
    }

    /// <summary>A connection that is to show it.</summary>
    public TlsChannel Connect(ServerDemand demand, TlsWire wire) => new(client, demand, wire);

    /// <summary>Why a handshake failed; also what <see cref="TlsChannel.PeerFault"/> found, where it found anything.</summary>
    public static TlsFailure FailureOf(TlsFault fault) => fault switch
    {
        TlsFault.WrongName => TlsFailure.WrongName,
        TlsFault.Expired => TlsFailure.Expired,
        TlsFault.NotListed => TlsFailure.WrongKey,
        TlsFault.NoTlsaMatch => TlsFailure.NoTlsaMatch,

        // RFC 8460 §4.3.1: certificate-not-trusted is for all that is wrong with certificates and has no word of its own:
        // an unknown authority, constraints, a weak key, one whose time has not come.
        TlsFault.UnknownAuthority or TlsFault.NotYetValid or TlsFault.Untrusted => TlsFailure.NotTrusted,
        _ => TlsFailure.Handshake,
    };

    private static ImmutableArray<string> NamesOf(TlsDemand demand) => [.. demand.Names.Select(name => name.Text)];

    private ImmutableArray<DaneRecord> Take(ImmutableArray<TlsaRecord> published, out ImmutableArray<TlsaRecord> refused)
    {
        var taken = ImmutableArray.CreateBuilder<DaneRecord>(published.Length);
        var others = ImmutableArray.CreateBuilder<TlsaRecord>();
        foreach (TlsaRecord record in published)
        {
            if (client.Take((byte)record.Usage, (byte)record.Selector, (byte)record.Matching, record.Data) is { } good)
                taken.Add(good);
            else
                others.Add(record);
        }

        refused = others.ToImmutable();
        return taken.ToImmutable();
    }
}
