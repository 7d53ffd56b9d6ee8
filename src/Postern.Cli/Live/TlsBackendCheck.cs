using System.Collections.Immutable;
using System.Net.Sockets;
using Postern.Configuration;
using Postern.Configuration.Settings;
using Postern.Interop.LibSsl;
using Postern.Protocols;

namespace Postern.Cli.Live;

/// <summary>
/// A backend with TLS: comes to it as the gate does, and asks inside. Where it does not come to a certificate, tries the other PROXY
/// headers and the other way to TLS, to find out whether that is why; nothing is ever asked of a backend that is not verified.
/// </summary>
internal sealed class TlsBackendCheck(GateSettings gate, ResolvedAddress address, string hostName, ExpectedPeer peer)
    : BackendCheck(gate, address, hostName)
{
    private readonly Protocol _protocol = ProtocolList.Find(gate.Protocol)!;

    protected override Task<ImmutableArray<Finding>> Look() => Look(again: false);

    private async Task<ImmutableArray<Finding>> Look(bool again)
    {
        UpgradeOutcome outcome;
        using (BackendConnection connection = await BackendConnection.Open(Target))
        {
            outcome = await Upgrade(connection, Gate.ProxyProtocol, peer.Mode);
            if (outcome.Stage == UpgradeStage.Done)
                return await Inspect(connection, outcome, again);
        }

        return [await Explain(outcome)];
    }

    private async Task<ImmutableArray<Finding>> Inspect(BackendConnection connection, UpgradeOutcome outcome, bool again)
    {
        Transcript? transcript = Inspector is null
            ? null
            : await BackendDialogue.Ask(connection, Inspector, HostName, GreetingOf(outcome));
        if (transcript is { IsUnanswered: true } && !again)
            return await Look(again: true);
        await connection.TakeLeave();
        if (connection.Broken is { } broken)
            return [TlsFindings.Of(broken, Gate, peer)];
        if (transcript is null)
            return [];

        return Inspector!.Speaks(transcript) ? [.. Inspector.Judge(transcript, Gate)] : [DialogueFindings.DoesNotSpeak(transcript, Gate, Inspector.Name)];
    }

    /// <summary>Behind STARTTLS most servers do not greet again; what they said before it has been held to the protocol.</summary>
    private string? GreetingOf(UpgradeOutcome outcome)
    {
        if (peer.Mode != TlsMode.StartTls || _protocol.GreetsAfterStartTls)
            return null;

        int length = Inspector!.ReplyLength(outcome.Said, 0);
        return outcome.Said[..Math.Max(length, 0)];
    }

    private async Task<Finding> Explain(UpgradeOutcome first)
    {
        if (first.Reached || (Gate.ProxyProtocol == ProxyHeader.None && IsPlain(first)))
            return UpgradeFindings.Of(first, Gate, peer);

        foreach (ProxyHeader other in OwnHeader.Others(Gate.ProxyProtocol))
        {
            if ((await Dial(other, peer.Mode)).Reached)
                return DialogueFindings.OtherHeader(Gate, other);
        }

        TlsMode otherMode = peer.Mode == TlsMode.StartTls ? TlsMode.Implicit : TlsMode.StartTls;
        bool exists = otherMode == TlsMode.Implicit || _protocol.HasStartTls;
        return exists && (await Dial(Gate.ProxyProtocol, otherMode)).Reached
            ? UpgradeFindings.OtherMode(otherMode)
            : UpgradeFindings.Of(first, Gate, peer);
    }

    /// <summary>Without a PROXY header there is nothing else that such an answer could mean.</summary>
    private static bool IsPlain(UpgradeOutcome outcome) =>
        outcome.Refusal is Refusal.BackendNoStartTls or Refusal.BackendRefused or Refusal.BackendPreauth or Refusal.Injection
        || outcome.Tls is { Fault: TlsFault.Version or TlsFault.Alpn or TlsFault.CertificateWanted or TlsFault.CertificateRefused };

    private async Task<UpgradeOutcome> Dial(ProxyHeader version, TlsMode mode)
    {
        using BackendConnection connection = await BackendConnection.Open(Target);
        return await Upgrade(connection, version, mode);
    }

    private async Task<UpgradeOutcome> Upgrade(BackendConnection connection, ProxyHeader version, TlsMode mode)
    {
        try
        {
            await connection.Send(OwnHeader.Local(version, connection.Own));
        }
        catch (SocketException)
        {
            return new UpgradeOutcome(UpgradeStage.Dialogue, TranscriptEnd.Closed, "");
        }

        return await BackendUpgrade.Run(connection, _protocol, mode, peer, HostName);
    }
}
