using System.Collections.Immutable;
using System.Net.Sockets;
using System.Text;
using Postern.Cli.Output;
using Postern.Configuration;
using Postern.Configuration.Settings;

namespace Postern.Cli.Live;

/// <summary>
/// One address of one backend: dials it as the gate would. When it does not speak its protocol then, dials again with
/// the other PROXY headers, to find out whether that is why.
/// </summary>
internal sealed class BackendCheck(GateSettings gate, ResolvedAddress address, string hostName)
{
    private readonly BackendInspector? _inspector = BackendInspector.For(gate.Protocol);

    public string Address { get; } = address.Path is { } path
        ? "unix:" + PeerText.Escape(path)
        : new EndpointAddress { Host = address.Ip, Port = address.Port }.ToString();

    public async Task<ImmutableArray<Finding>> Run()
    {
        try
        {
            Transcript transcript = await Dial(gate.ProxyProtocol);

            // Inside TLS nothing is looked at: that somebody is there is what can be said.
            if (_inspector is null || gate.BackendTls is not null)
                return [];
            if (!_inspector.Speaks(transcript))
                return [await Explain(transcript)];

            return [.. _inspector.Judge(await AsFarClient(transcript), gate)];
        }
        catch (SocketException failure)
        {
            return [Finding.Error(NotThere(failure.SocketErrorCode, address.Path is not null))];
        }
    }

    /// <summary>
    /// To its own machine Dovecot allows a login in the clear, and LOCAL is its own machine: what the gate's clients
    /// are offered shows only to an address of theirs.
    /// </summary>
    private async Task<Transcript> AsFarClient(Transcript asLocal)
    {
        if (gate.ProxyProtocol == ProxyHeader.None || gate.Protocol is not ("imap" or "pop3" or "sieve"))
            return asLocal;

        Transcript asFar = await BackendDialogue.Hold(address, _ => OwnHeader.FarClient(gate.ProxyProtocol), _inspector, hostName);
        return _inspector!.Speaks(asFar) ? asFar : asLocal;
    }

    private async Task<Finding> Explain(Transcript first)
    {
        foreach (ProxyHeader other in (ProxyHeader[])[ProxyHeader.None, ProxyHeader.V2, ProxyHeader.V1])
        {
            if (other == gate.ProxyProtocol)
                continue;

            if (_inspector!.Speaks(await Dial(other)))
                return DialogueFindings.OtherHeader(gate, other);
        }

        // Only a port that says nothing of itself can wait for a ClientHello; behind a PROXY header or without.
        bool tls = first.Replies.IsEmpty
            && (await TlsPort.Answers(address, []) || await TlsPort.Answers(address, OwnHeader.Local(ProxyHeader.V2, own: null)));
        return tls ? DialogueFindings.SpeaksTls(gate) : DialogueFindings.DoesNotSpeak(first, gate, _inspector!.Name);
    }

    private Task<Transcript> Dial(ProxyHeader version) =>
        BackendDialogue.Hold(address, own => OwnHeader.Local(version, own), _inspector, hostName);

    internal static string NotThere(SocketError error, bool isPath) => error switch
    {
        SocketError.ConnectionRefused when isPath => "is a socket that nobody listens on: is the backend running?",
        SocketError.ConnectionRefused => "refuses the connection: nothing listens there; is the backend running, and on this address?",
        SocketError.AddressNotAvailable when isPath => "does not exist: is the backend running, and is this the socket's path as seen from outside a chroot?",
        SocketError.AccessDenied when isPath =>
            $"may not be opened by user {PeerText.Escape(Environment.UserName)}, who serves connections: set the mode, user or group of that socket in the backend (in Dovecot: unix_listener), or set [server] user",
        SocketError.TimedOut => "does not answer: is there a packet filter between?",
        _ => $"cannot be reached: {new SocketException((int)error).Message}",
    };
}
