using System.Collections.Immutable;
using Postern.Configuration;
using Postern.Configuration.Settings;

namespace Postern.Cli.Live;

/// <summary>
/// A backend in the clear: dials it as the gate would. When it does not speak its protocol then, dials again with the other PROXY
/// headers, to find out whether that is why.
/// </summary>
internal sealed class PlainBackendCheck(GateSettings gate, ResolvedAddress address, string hostName) : BackendCheck(gate, address, hostName)
{
    protected override async Task<ImmutableArray<Finding>> Look()
    {
        Transcript transcript = await Dial(Gate.ProxyProtocol);
        if (Inspector is null)
            return [];
        if (transcript.IsUnanswered)
            transcript = await Dial(Gate.ProxyProtocol);
        if (!Inspector.Speaks(transcript))
            return [await Explain(transcript)];

        return [.. Inspector.Judge(await AsFarClient(transcript), Gate)];
    }

    /// <summary>
    /// To its own machine Dovecot allows a login in the clear, and LOCAL is its own machine: what the gate's clients
    /// are offered shows only to an address of theirs.
    /// </summary>
    private async Task<Transcript> AsFarClient(Transcript asLocal)
    {
        if (Gate.ProxyProtocol == ProxyHeader.None || Gate.Protocol is not ("imap" or "pop3" or "sieve"))
            return asLocal;

        Transcript asFar = await BackendDialogue.Hold(Target, _ => OwnHeader.FarClient(Gate.ProxyProtocol), Inspector, HostName);
        return Inspector!.Speaks(asFar) ? asFar : asLocal;
    }

    private async Task<Finding> Explain(Transcript first)
    {
        foreach (ProxyHeader other in OwnHeader.Others(Gate.ProxyProtocol))
        {
            if (Inspector!.Speaks(await Dial(other)))
                return DialogueFindings.OtherHeader(Gate, other);
        }

        // Only a port that says nothing of itself can wait for a ClientHello; behind a PROXY header or without.
        bool tls = first.Replies.IsEmpty
            && (await TlsPort.Answers(Target, []) || await TlsPort.Answers(Target, OwnHeader.Local(ProxyHeader.V2, own: null)));
        return tls ? DialogueFindings.SpeaksTls(Gate) : DialogueFindings.DoesNotSpeak(first, Gate, Inspector!.Name);
    }

    private Task<Transcript> Dial(ProxyHeader version) =>
        BackendDialogue.Hold(Target, own => OwnHeader.Local(version, own), Inspector, HostName);
}
