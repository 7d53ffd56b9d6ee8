using System.Text;
using Postern.Cli.Output;
using Postern.Configuration.Settings;

namespace Postern.Cli.Live;

/// <summary>Why a backend that can be connected to does not speak its protocol behind this gate.</summary>
internal static class DialogueFindings
{
    /// <summary>It speaks when the header is <paramref name="works"/>.</summary>
    public static Finding OtherHeader(GateSettings gate, ProxyHeader works)
    {
        if (works == ProxyHeader.None)
        {
            return Finding.Error(
                $"takes the PROXY header for a command: it does not expect one at this port; {TurnOn(gate.Protocol)}, or set proxy-protocol = \"none\" here");
        }

        string word = works == ProxyHeader.V1 ? "v1" : "v2";
        return Finding.Error(gate.ProxyProtocol == ProxyHeader.None
            ? $"waits for a PROXY header: set proxy-protocol = \"{word}\" here, or {TurnOff(gate.Protocol)}"
            : $"does not read this version of the PROXY header: set proxy-protocol = \"{word}\" here");
    }

    public static Finding SpeaksTls(GateSettings gate) => Finding.Error(
        "speaks TLS itself, and this gate dials it in the clear: set backend-tls = \"implicit\" here, or " + (IsPostfix(gate.Protocol)
            ? "in Postfix set -o smtpd_tls_wrappermode=no for this service in master.cf, or name another port"
            : "in Dovecot set ssl = no in that inet_listener, or name the port without TLS"));

    public static Finding DoesNotSpeak(Transcript transcript, GateSettings gate, string protocol)
    {
        string said = (transcript.Replies.IsEmpty ? transcript.Rest : transcript.Replies[^1]) is { Length: > 0 } text
            ? "'" + PeerText.Escape(Encoding.Latin1.GetBytes(FirstLine(text))) + "'"
            : "";
        bool greeted = !transcript.Replies.IsEmpty;
        return Finding.Error(transcript.End switch
        {
            TranscriptEnd.Silent when said.Length == 0 =>
                $"accepts the connection and says nothing for {BackendConnection.Patience.TotalSeconds:0} s: is this the port of its {protocol} service?",
            TranscriptEnd.Closed when said.Length == 0 && gate.ProxyProtocol != ProxyHeader.None && gate.BackendTls is null =>
                "closes the connection after the PROXY header: " + (IsPostfix(gate.Protocol)
                    ? "see its log"
                    : "name this machine's address in Dovecot's haproxy_trusted_networks, and see its log"),
            TranscriptEnd.Closed when said.Length == 0 => "closes the connection without a word: see its log",
            TranscriptEnd.Silent when transcript.IsUnanswered =>
                $"greets, and twice leaves a command unanswered for {BackendConnection.Patience.TotalSeconds:0} s: see its log",
            TranscriptEnd.Closed when greeted && transcript.Rest.Length == 0 => "closes the connection in place of an answer: see its log",
            _ when greeted => $"greets, and then says {said}, which is not how {protocol} goes: is this the port of its {protocol} service?",
            _ => $"greets with {said}, which is not {protocol}: is this the port of its {protocol} service?",
        });
    }

    private static string TurnOn(string protocol) => IsPostfix(protocol)
        ? "in Postfix set -o smtpd_upstream_proxy_protocol=haproxy for this service in master.cf"
        : "in Dovecot set haproxy = yes in that inet_listener";

    private static string TurnOff(string protocol) => IsPostfix(protocol)
        ? "in Postfix remove smtpd_upstream_proxy_protocol from this service in master.cf"
        : "in Dovecot remove haproxy = yes from that inet_listener";

    private static bool IsPostfix(string protocol) => protocol is "smtp" or "submission";

    private static string FirstLine(string text) => text.Split('\n')[0].TrimEnd('\r');
}
