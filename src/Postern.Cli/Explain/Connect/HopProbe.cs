using System.Net;
using System.Net.Sockets;
using System.Text;
using Postern.Cli.Live;
using Postern.Configuration;
using Postern.Engine.Outbound;
using Postern.Engine.Upstream;
using Postern.Interop.LibSsl;
using Postern.Interop.LibSsl.Demands;
using Postern.Policy.Decision;
using Postern.Protocols;
using Postern.Protocols.Smtp.Outbound;
using TlsFailure = Postern.Policy.Decision.TlsFailure;

namespace Postern.Cli.Explain.Connect;

/// <summary>
/// Goes to one address of a host as a worker does (Postern.Engine, Outbound/HopLine.cs): the same dialogue, the same demand put to
/// OpenSSL, the same judgement of what came of it. No word of mail is said.
/// </summary>
/// <param name="host">The host's verdict; it is tried.</param>
/// <param name="address">One of its addresses.</param>
/// <param name="port">Where it listens.</param>
/// <param name="verifier">As workers have it.</param>
/// <param name="hostName">The name that we greet with.</param>
internal sealed class HopProbe(HostVerdict host, IPAddress address, int port, HopVerifier verifier, string hostName)
{
    /// <summary>For the connection, and for each reply. A server that lets strangers wait (Postfix's postscreen) takes six seconds to greet.</summary>
    private static readonly TimeSpan s_waits = TimeSpan.FromSeconds(20);

    private readonly HopCase _hop = host.Hop;
    private readonly StringBuilder _said = new();

    private HopContact Nothing => new(host, address);

    public async Task<HopContact> Run()
    {
        HopContact contact = await Try(inTheClear: false);

        // As the data plane: nobody demands TLS of it (RFC 7435 §3).
        return contact.Failure == TlsFailure.Handshake && _hop.Demand.Proof == TlsProof.IfOffered
            ? (await Try(inTheClear: true)) with { Detail = contact.Detail, Certificate = contact.Certificate }
            : contact;
    }

    private async Task<HopContact> Try(bool inTheClear)
    {
        try
        {
            using BackendConnection connection = await BackendConnection.Open(new ResolvedAddress { Ip = address.ToString(), Port = port }, s_waits);
            HopContact contact = await Greet(connection, inTheClear);
            await Leave(connection);
            return contact;
        }
        catch (SocketException gone)
        {
            return Unreachable(gone.SocketErrorCode == SocketError.TimedOut ? "Connection timed out" : gone.Message);
        }
        catch (OperationCanceledException)
        {
            return Unreachable($"says nothing for {s_waits.TotalSeconds:0} seconds");
        }
    }

    private async Task<HopContact> Greet(BackendConnection connection, bool inTheClear)
    {
        var hello = new HopHello(hostName, HopSession.Wanted(_hop, inTheClear));
        Step step = await BackendUpgrade.Negotiate(connection, new Dialogue(hello), _said);
        if (step.Verdict == Verdict.Relay)
            return HopSession.InTheClear(_hop) is null ? Fell(TlsFailure.NoStartTls, "", Nothing) : Nothing with { Extensions = hello.Extensions };
        if (step.Verdict != Verdict.StartTls)
            return Refused(hello, step.Refusal, Nothing);

        ServerDemand? demand = verifier.Prepare(_hop.Demand, _hop.Watch, out _);
        if (demand is null)
            return Fell(TlsFailure.NoTlsaMatch, "none of the TLSA records is usable", Nothing);

        HopSession? session = null;
        using var patience = new CancellationTokenSource(s_waits);
        Live.TlsFailure? failure;
        try
        {
            failure = await connection.Secure(
                wire => verifier.Connect(demand, wire),
                channel => (session = HopSession.InsideTls(_hop, channel)) is not null,
                patience.Token);
        }
        catch (SocketException)
        {
            return Fell(TlsFailure.Handshake, "closed the connection in the handshake", Nothing);
        }

        if (failure is not null)
            return Fell(HopVerifier.FailureOf(failure.Fault), failure.Reason, Nothing with { Certificate = failure.Shown });

        TlsChannel inside = connection.Channel!;
        HopContact secured = Nothing with
        {
            Version = inside.Version,
            Cipher = inside.Cipher,
            Authenticated = session!.IsAuthenticated ? session.Peer!.Name : null,
            Certificate = inside.Shown(),
            Match = inside.Match,
            WatchFailure = inside.PeerFault is var fault and not TlsFault.None ? HopVerifier.FailureOf(fault) : null,
        };
        hello = new HopHello(hostName, HopTls.Inside);
        step = await BackendUpgrade.Negotiate(connection, new Dialogue(hello), _said);
        return step.Verdict == Verdict.Relay ? secured with { Extensions = hello.Extensions } : Refused(hello, step.Refusal, secured);
    }

    private HopContact Refused(HopHello hello, Refusal refusal, HopContact contact)
    {
        OutboundRefusal said = hello.Explain(refusal, $"{_hop.Host}[{address}]");
        return refusal switch
        {
            Refusal.BackendNoStartTls => Fell(TlsFailure.NoStartTls, said.Text, contact),
            Refusal.Injection => Fell(TlsFailure.Handshake, said.Text, contact),
            _ => contact with { Refusal = new SmtpRefusal(said.Code, said.Enhanced, said.Text) },
        };
    }

    private HopContact Fell(TlsFailure failure, string detail, HopContact contact) => 
        contact with { Refusal = _hop.RefusalFor(failure), Failure = failure, Detail = detail };

    private HopContact Unreachable(string what) =>
        Nothing with { Refusal = new SmtpRefusal(451, "4.4.1", $"{_hop.Host}[{address}] for {_hop.Domain}: {what}") };

    private static async Task Leave(BackendConnection connection)
    {
        try
        {
            await connection.Send("QUIT\r\n"u8.ToArray());
            await connection.TakeLeave();
        }
        catch (SocketException)
        {
            // It went first: what was to be known is known.
        }
    }
}
