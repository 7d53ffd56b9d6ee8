using System.Collections.Immutable;
using Postern.Configuration.Settings;

namespace Postern.Cli.Live;

/// <summary>
/// What to ask a backend of one protocol, in the clear or inside TLS, where its replies end, and what they mean. Pure: it knows no socket,
/// and judges a <see cref="Transcript"/>.
/// </summary>
internal abstract class BackendInspector
{
    /// <summary>What is said after the greeting, a line each, without CRLF.</summary>
    public abstract ImmutableArray<string> Questions(string hostName);

    /// <summary>Said at the end, without waiting for the reply.</summary>
    public abstract string Farewell { get; }

    /// <summary>The protocol's name for a person.</summary>
    public abstract string Name { get; }

    /// <summary>
    /// The length of the whole reply at the front of <paramref name="input"/>; 0 when it is not whole yet, −1 when it
    /// is none of this protocol.
    /// </summary>
    /// <param name="input">What is unread, as Latin-1.</param>
    /// <param name="reply">0 for the greeting, then the number of the question.</param>
    public abstract int ReplyLength(ReadOnlySpan<char> input, int reply);

    /// <summary>The backend greeted and answered every question as its protocol has it: its offers can be judged.</summary>
    public abstract bool Speaks(Transcript transcript);

    /// <summary>What is wrong with what a backend that <see cref="Speaks"/> offers behind this gate.</summary>
    public abstract IEnumerable<Finding> Judge(Transcript transcript, GateSettings gate);

    /// <summary>Null for tcp, of whose content nothing is known, and for protocols whose backends are only dialled.</summary>
    public static BackendInspector? For(GateSettings gate) => gate.Protocol switch
    {
        "smtp" => SmtpInspector.Smtp.Before(gate),
        "submission" => SmtpInspector.Submission.Before(gate),
        "lmtp" => SmtpInspector.Lmtp,
        "imap" => ImapInspector.Instance,
        "pop3" => Pop3Inspector.Instance,
        "sieve" => SieveInspector.Instance,
        _ => null,
    };

    /// <summary>The length of the first line with its LF; 0 when it is not whole.</summary>
    protected static int LineLength(ReadOnlySpan<char> input) => input.IndexOf('\n') + 1;
}
