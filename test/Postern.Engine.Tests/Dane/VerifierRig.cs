using System.Collections.Immutable;
using System.Net;
using System.Text;
using Postern.Engine.Upstream;
using Postern.Interop.LibSsl;
using Postern.Interop.LibSsl.Demands;
using Postern.Policy.Dane;
using Postern.Policy.Decision;
using Postern.Policy.Dns;
using Postern.Policy.MtaSts;
using Postern.Policy.Operator;
using Postern.Policy.Rules;
using Postern.Policy.TlsRpt;

namespace Postern.Engine.Tests.Dane;

/// <summary>From a line of the table to its outcome: the policy's decision, the verifier, a handshake with a server of ours.</summary>
internal sealed class VerifierRig : IDisposable
{
    private const int MaxSteps = 16;

    /// <summary>SSL_OP_NO_TLSv1_3.</summary>
    private const ulong OptionNoTls13 = 1ul << 29;

    private static readonly DnsName s_domain = DnsName.Read("example.org")!;
    private static readonly DnsName s_host = DnsName.Read("mx.example.org")!;

    private readonly TlsWire _clientWire = new();
    private readonly TlsWire _serverWire = new();

    public VerifierRig(bool tls12)
    {
        Client = TlsClient.Create(
            new TlsClientSettings
            {
                TrustPem = Encoding.ASCII.GetBytes(CaseTable.Instance.Certificate("webroot").Certificate.ExportCertificatePem()),
                Tls13Only = false,
                Alpn = [],
            },
            out string problem) ?? throw new InvalidOperationException(problem);
        if (tls12)
            _ = NativeLibSsl.SSL_CTX_set_options(Client.Context, OptionNoTls13);
        Verifier = new HopVerifier(Client);
    }

    public TlsClient Client { get; }

    public HopVerifier Verifier { get; }

    /// <summary>In the words of the table.</summary>
    public string Run(VerifierCase row)
    {
        ServerDemand demand = Decide(row.Demand, out ResultType? known);
        using TlsChannel channel = Connect(demand);
        if (Shake(channel, row.Shown) != TlsStatus.Ok)
        {
            if (channel.Accept() is not null || channel.Authenticate() is not null)
                return "a peer, though the handshake failed";
            return "refused " + Report(channel.Fault);
        }

        switch (channel.Accept())
        {
            case AuthenticatedPeer:
                return channel.Match is { } match ? $"authenticated {match.Usage} {match.Selector} {match.Matching} at {match.Depth}" : "authenticated";
            case EncryptedPeer when channel.Authenticate() is null:
                string? reported = channel.PeerFault != TlsFault.None ? Report(channel.PeerFault) : known is { } type ? ReportWords.Of(type) : null;
                return reported is null ? "encrypted" : "encrypted, " + reported;
            default:
                return "nobody, though the handshake is done";
        }
    }

    /// <summary>One at a time.</summary>
    public TlsChannel Connect(ServerDemand demand) => Verifier.Connect(demand, _clientWire);

    /// <summary>What the channel comes to with a server that shows this.</summary>
    public TlsStatus Shake(TlsChannel channel, string[] shown)
    {
        TlsServer server = TlsServer.Create(
            new TlsServerSettings
            {
                SessionPolicy = new byte[32],
                CertificateSets = [[CaseTable.Instance.Server(shown)]],
                ServerNames = new AnyName(),
                Alpn = [],
                StrictAlpn = false,
                Tls13Only = false,
                ClientCertificates = ClientCertificateMode.None,
                Tickets = null,
                TicketLifetime = 3600,
            },
            out string problem) ?? throw new InvalidOperationException(problem);
        using var other = new TlsChannel(server, _serverWire);
        byte[] said = [];
        for (int i = 0; i < MaxSteps; i++)
        {
            TlsStatus status = Step(channel, _clientWire, said);
            if (status is not (TlsStatus.WantRead or TlsStatus.WantWrite))
                return status;
            _ = Step(other, _serverWire, _clientWire.Outgoing);
            said = _serverWire.Outgoing.ToArray();
        }

        throw new InvalidOperationException("The handshake does not end.");
    }

    public void Dispose()
    {
        _clientWire.Dispose();
        _serverWire.Dispose();
    }

    /// <summary>As the engine does between two turns.</summary>
    private static TlsStatus Step(TlsChannel channel, TlsWire wire, ReadOnlySpan<byte> bytes)
    {
        byte[] kept = wire.Unread.ToArray();
        wire.Clear();
        kept.CopyTo(wire.Space);
        wire.Received(kept.Length);
        bytes.CopyTo(wire.Space);
        wire.Received(bytes.Length);
        return channel.HandshakeDone ? TlsStatus.Ok : channel.Handshake();
    }

    private static string Report(TlsFault fault) => ReportWords.Of(TlsFailureWords.Result(HopVerifier.FailureOf(fault)));

    private ServerDemand Decide(string text, out ResultType? known)
    {
        known = null;
        int space = text.IndexOf(' ', StringComparison.Ordinal);
        string word = space < 0 ? text : text[..space];
        string rest = space < 0 ? "" : text[(space + 1)..];
        switch (word)
        {
            case "tls":
                return Prepare(new TlsDemand(TlsProof.Encrypted, s_host), null);
            case "webpki":
                return Prepare(WebPki(rest), null);
            case "watch":
                return Prepare(new TlsDemand(TlsProof.IfOffered, s_host), WebPki(rest));
            case "pin":
                Pin[] pins = [.. rest.Split(' ').Select(name => new Pin([.. CaseTable.Instance.Certificate(name).DataFor(1, 1)]))];
                return Prepare(new TlsDemand(TlsProof.Pins, s_host) { Pins = [.. pins] }, null);
            case "srv":
                return Srv(rest);
            default:
                return Mail([.. CaseTable.Instance.Records(text)], out known);
        }
    }

    private static TlsDemand WebPki(string names) =>
        new(TlsProof.WebPki, s_host) { Names = [.. names.Split(' ').Select(name => DnsName.Read(name)!)] };

    private ServerDemand Prepare(TlsDemand demand, TlsDemand? watch) =>
        Verifier.Prepare(demand, watch, out _) ?? throw new InvalidOperationException($"no record is usable of {demand}");

    /// <summary>The whole decision for a host of a domain, made again where OpenSSL refuses records, as the data plane does.</summary>
    private ServerDemand Mail(ImmutableArray<TlsaRecord> records, out ResultType? known)
    {
        var host = new HostCase
        {
            Route = MailRoute.From(Answer.Found(s_domain, true, [new MxRecord(10, s_host)])),
            Host = s_host,
            Table = new TableEntry(null, []),
            Addresses = Addresses(),
            Tlsa = [Answer.Found(s_host.Below("_25._tcp")!, true, records)],
        };

        // RFC 7672 §2.2: with records but none of use, no other policy is asked for the demand; there is no MTA-STS here.
        while (true)
        {
            HostVerdict verdict = Verdict(host);
            known = verdict.Failure;
            if (Verifier.Prepare(verdict.Demand, verdict.Watch, out ImmutableArray<TlsaRecord> refused) is { } demand)
                return demand;
            host = host with { Refused = host.Refused.AddRange(refused) };
        }
    }

    private static HostVerdict Verdict(HostCase host)
    {
        HostStep step = HostDecision.Decide(host);
        if (step.Ask is { Kind: QuestionKind.MtaSts })
            step = HostDecision.Decide(host with { Sts = new StsFinding(s_domain, StsMode.None, null, null) });
        return step.Verdict ?? throw new InvalidOperationException($"the policy asks for {step.Ask}");
    }

    private ServerDemand Srv(string records)
    {
        DaneStep step = SrvDane.Decide(
            s_domain, Answer.Found(s_domain.Below("_xmpp-server._tcp")!, true, [new SrvRecord(0, 0, 5269, s_host)]),
            new DaneCase
            {
                Addresses = Addresses(),
                NextHopNames = [],
                Port = 5269,
                Tlsa = [Answer.Found(s_host.Below("_5269._tcp")!, true, ImmutableArray.Create(CaseTable.Instance.Records(records)))],
            });
        DaneFinding finding = step.Finding!;
        return Prepare(new TlsDemand(TlsProof.Dane, finding.Base!) { Names = finding.Names, Tlsa = finding.Records }, null);
    }

    private static HostAddresses Addresses() => HostAddresses.Of(null, Answer.Found(s_host, true, [IPAddress.Parse("192.0.2.1")]));

    private sealed class AnyName : IServerNameChooser
    {
        public ServerNameChoice Choose(ReadOnlySpan<char> serverName) => new(0, -1);
    }
}
