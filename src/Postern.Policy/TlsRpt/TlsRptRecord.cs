using System.Collections.Immutable;
using Postern.Policy.Dns;

namespace Postern.Policy.TlsRpt;

/// <summary>Where reports go.</summary>
/// <param name="IsMail">To a mailbox; else by POST to an https address.</param>
/// <param name="Address">The mailbox without <c>mailto:</c>, or the whole address. Printable ASCII, and nothing that ends a header or a line.</param>
public sealed record ReportTarget(bool IsMail, string Address)
{
    private const int MaxAddress = 1024;
    private const int MaxLocalPart = 64;
    private const string Mail = "mailto:";

    /// <summary>As the record has it, in its plain form.</summary>
    public override string ToString() => IsMail ? Mail + Address : Address;

    /// <returns>Null for another scheme (RFC 8460 §3 has two) and for what is no address: others may still be there.</returns>
    public static ReportTarget? Read(string uri)
    {
        if (uri.Length > MaxAddress || !uri.All(letter => letter is > ' ' and <= '~'))
            return null;
        if (uri.StartsWith(Mail, StringComparison.OrdinalIgnoreCase))
            return MailboxIn(uri[Mail.Length..]) is { } mailbox ? new ReportTarget(true, mailbox) : null;

        bool good = Uri.TryCreate(uri, UriKind.Absolute, out Uri? address)
            && address is { Scheme: "https", UserInfo.Length: 0, Fragment.Length: 0 }
            && DnsName.Read(address.Host) is not null

            // Escapes make three of a letter: what is written down is the plain form.
            && address.AbsoluteUri.Length <= MaxAddress;
        return good ? new ReportTarget(false, address!.AbsoluteUri) : null;
    }

    /// <summary>A dot-atom (RFC 5321 §4.1.2) and a domain: quoted local parts are legal, and no report address ever had one.</summary>
    /// <returns>The mailbox with its domain in lower case; null for what is none.</returns>
    public static string? MailboxOf(string text)
    {
        int at = text.LastIndexOf('@');
        if (at is < 1 or > MaxLocalPart || DnsName.Read(text.AsSpan(at + 1)) is not { } domain)
            return null;

        string local = text[..at];
        bool atom = local.All(letter => char.IsAsciiLetterOrDigit(letter) || "!#$%&'*+-/=?^_`{|}~.".Contains(letter, StringComparison.Ordinal));
        return atom && local[0] != '.' && local[^1] != '.' && !local.Contains("..", StringComparison.Ordinal) ? $"{local}@{domain}" : null;
    }

    /// <summary>RFC 6068 §2: one address; what follows a question mark would be headers of the message, and is left away.</summary>
    private static string? MailboxIn(string path)
    {
        int question = path.IndexOf('?', StringComparison.Ordinal);
        return MailboxOf(Uri.UnescapeDataString(question < 0 ? path : path[..question]));
    }
}

/// <summary>What the TXT records at <c>_smtp._tls.</c> come to (RFC 8460 §3).</summary>
/// <param name="Targets">Empty: the domain wants no reports, or says so in a way that cannot be read.</param>
public sealed record TlsRptRecord(ImmutableArray<ReportTarget> Targets)
{
    public const string Label = "_smtp._tls";

    /// <summary>A report is written once and sent to each; whoever owns a domain does not make us send to a crowd.</summary>
    public const int MaxTargets = 8;

    private const string Version = "v=TLSRPTv1";

    public static TlsRptRecord None { get; } = new([]);

    /// <param name="texts">All TXT records of the name, each joined.</param>
    public static TlsRptRecord Read(IEnumerable<string> texts)
    {
        string[] ours = [.. texts.Where(text => text.StartsWith(Version + ";", StringComparison.Ordinal)).Take(2)];
        if (ours.Length != 1 || TxtFields.Read(ours[0], Version) is not { } fields)
            return None;

        var targets = ImmutableArray.CreateBuilder<ReportTarget>();
        foreach ((string name, string value) in fields)
        {
            if (name != "rua")
            {
                if (!TxtFields.IsExtensionValue(value))
                    return None;
                continue;
            }

            foreach (string uri in value.Split(',', MaxTargets + 1))
            {
                if (targets.Count < MaxTargets && ReportTarget.Read(uri.Trim(' ', '\t')) is { } target && !targets.Contains(target))
                    targets.Add(target);
            }
        }

        return targets.Count == 0 ? None : new TlsRptRecord(targets.ToImmutable());
    }

    public bool Equals(TlsRptRecord? other) => other is not null && Targets.AsSpan().SequenceEqual(other.Targets.AsSpan());

    public override int GetHashCode() => Targets.Length;
}
