namespace Postern.Policy.Decision;

/// <summary>What the client of the gate is told: a code of SMTP, an enhanced one (RFC 3463), and a reason for people.</summary>
/// <param name="Code">4xx: its queue keeps the mail. 5xx only where a standard says so.</param>
/// <param name="Enhanced">4.7.5 and its kin.</param>
/// <param name="Text">One line of ours; of others' it holds names of the DNS only.</param>
public sealed record SmtpRefusal(int Code, string Enhanced, string Text)
{
    /// <summary>RFC 5321 §4.5.3.1.5: a reply line has at most 512 octets, with its codes and its CRLF. Names alone can have 253 each.</summary>
    public const int MaxText = 480;

    private const int Permanent = 500;

    public string Text { get; init => field = Cut(value); } = Cut(Text);

    public bool IsPermanent => Code >= Permanent;

    public override string ToString() => $"{Code} {Enhanced} {Text}";

    /// <summary>RFC 3463 §3.5: X.4.3, the directory server failed.</summary>
    internal static SmtpRefusal NoDirectory(string text) => new(451, "4.4.3", text);

    /// <summary>X.4.4: no way there.</summary>
    internal static SmtpRefusal NoRoute(string text) => new(451, "4.4.4", text);

    /// <summary>X.7.5, cryptographic failure: somebody is not who the policy says, or cannot be known to be.</summary>
    internal static SmtpRefusal NotAuthenticated(string text) => new(451, "4.7.5", text);

    /// <summary>X.7.4: a security feature is missing, here STARTTLS.</summary>
    internal static SmtpRefusal NoStartTls(string text) => new(451, "4.7.4", text);

    /// <summary>RFC 8689 §4.2.1: X.7.10, encryption needed.</summary>
    internal static SmtpRefusal EncryptionNeeded(string text) => new(550, "5.7.10", text);

    /// <summary>RFC 8689 §4.2.1: X.7.30, REQUIRETLS support required.</summary>
    internal static SmtpRefusal NoRequireTls(string text) => new(550, "5.7.30", text);

    /// <summary>
    /// What is said when all hosts have been passed over: the reason of the best one. It is permanent only when it is for all, since
    /// a host that may answer later is a way still.
    /// </summary>
    /// <param name="reasons">A reason for each host that was passed over or that fell short, in the order of the route; one at least.</param>
    public static SmtpRefusal NoHostLeft(IReadOnlyList<SmtpRefusal> reasons)
    {
        SmtpRefusal first = reasons.FirstOrDefault(reason => !reason.IsPermanent) ?? reasons[0];
        return reasons.Count == 1 ? first : first with { Text = $"{first.Text} ({reasons.Count} hosts were tried)" };
    }

    private static string Cut(string text) => text.Length <= MaxText ? text : string.Concat(text.AsSpan(0, MaxText - 3), "...");
}
