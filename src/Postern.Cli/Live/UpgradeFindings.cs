using System.Text;
using Postern.Cli.Output;
using Postern.Configuration.Settings;
using Postern.Protocols;

namespace Postern.Cli.Live;

/// <summary>Why a backend that can be connected to does not come to TLS with this gate.</summary>
internal static class UpgradeFindings
{
    /// <param name="outcome">One that is not done.</param>
    /// <param name="gate">The gate before it.</param>
    /// <param name="peer">Whom it expects.</param>
    public static Finding Of(UpgradeOutcome outcome, GateSettings gate, ExpectedPeer peer) => outcome switch
    {
        { Tls: { } failure } => TlsFindings.Of(failure, gate, peer),
        { Stage: UpgradeStage.Handshake, End: TranscriptEnd.Silent } =>
            Finding.Error($"says nothing in the TLS handshake for {BackendConnection.Patience.TotalSeconds:0} s: is this its port with TLS?"),
        { Stage: UpgradeStage.Handshake } => Finding.Error($"closes the connection in the TLS handshake: {TurnOn(gate, peer.Mode)}, and see its log"),
        _ => Finding.Error(InTheClear(outcome, gate)),
    };

    /// <summary>It comes to TLS in the way that the gate does not go.</summary>
    public static Finding OtherMode(TlsMode works) => Finding.Error(works == TlsMode.Implicit
        ? "speaks TLS at once, and this gate asks for STARTTLS: set backend-tls = \"implicit\" here, or name its other port"
        : "begins in the clear and starts TLS when asked: set backend-tls = \"starttls\" here, or name its port with TLS");

    /// <summary>What to do where there should be TLS.</summary>
    public static string TurnOn(GateSettings gate, TlsMode mode) => (gate.Protocol, mode) switch
    {
        ("smtp" or "submission", TlsMode.StartTls) => "in Postfix set smtpd_tls_chain_files, and -o smtpd_tls_security_level=encrypt for this service in master.cf",
        ("smtp" or "submission", _) => "in Postfix set smtpd_tls_chain_files, and -o smtpd_tls_wrappermode=yes for this service in master.cf",
        ("imap" or "pop3" or "sieve" or "lmtp", TlsMode.StartTls) => "in Dovecot set ssl = yes (or required) for this protocol",
        ("imap" or "pop3" or "sieve" or "lmtp", _) => "in Dovecot set ssl = yes in that inet_listener",
        _ => "turn TLS on there, or name its port with TLS",
    };

    private static string InTheClear(UpgradeOutcome outcome, GateSettings gate)
    {
        string said = outcome.Said.Length == 0 ? "" : $" (it says '{PeerText.Escape(Encoding.Latin1.GetBytes(LastLine(outcome.Said)))}')";
        return outcome.Refusal switch
        {
            Refusal.BackendNoStartTls => $"does not start TLS{said}: {TurnOn(gate, TlsMode.StartTls)}",
            Refusal.BackendRefused => $"refuses in its greeting{said}: see its log",
            Refusal.BackendPreauth =>
                "greets with PREAUTH: whoever connects is logged in already, and there is no way to TLS from there; give its imap service a port that asks for a login",
            Refusal.Injection => "says more in the clear than the answer that starts TLS: somebody between may have put it there, and posternd refuses such a backend",
            Refusal.TooLong or Refusal.TooMuch => $"says more before TLS than there is to be said{said}: is this the port of its {gate.Protocol} service?",
            not Refusal.None => $"says something before TLS that is not {gate.Protocol}{said}: is this the port of its {gate.Protocol} service?",
            _ when outcome.End == TranscriptEnd.Silent =>
                $"accepts the connection and says nothing for {BackendConnection.Patience.TotalSeconds:0} s{said}: is this the port of its {gate.Protocol} service?",
            _ => $"closes the connection before TLS{said}: see its log",
        };
    }

    private static string LastLine(string text) => text.TrimEnd('\r', '\n').Split('\n')[^1];
}
