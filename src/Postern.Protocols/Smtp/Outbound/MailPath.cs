using System.Text;

namespace Postern.Protocols.Smtp.Outbound;

internal enum MailPathKind
{
    /// <summary>Not of the grammar.</summary>
    Broken,

    /// <summary><c>&lt;&gt;</c></summary>
    Null,

    /// <summary><c>&lt;postmaster&gt;</c></summary>
    NoDomain,

    /// <summary><c>&lt;user@[192.0.2.1]&gt;</c></summary>
    Literal,

    /// <summary><c>&lt;user@example.org&gt;</c></summary>
    Mailbox,
}

/// <summary>The path of MAIL and RCPT (RFC 5321 §4.1.2), and what stands behind it.</summary>
/// <remarks>
/// Only what tells where the address ends and where its domain begins is held to the grammar. Dots may stand anywhere in a local
/// part, as they do in addresses that exist; whether there is such a mailbox is for its server to say.
/// </remarks>
internal readonly ref struct MailPath
{
    private MailPath(MailPathKind kind, ReadOnlySpan<byte> address = default, ReadOnlySpan<byte> domain = default)
    {
        Kind = kind;
        Address = address;
        Domain = domain;
    }

    public MailPathKind Kind { get; private init; }

    /// <summary>What stands between the angle brackets, without a source route.</summary>
    public ReadOnlySpan<byte> Address { get; }

    /// <summary>Behind the @ that ends the local part; a literal has its brackets.</summary>
    public ReadOnlySpan<byte> Domain { get; }

    /// <summary>Behind the path and a space; empty for none.</summary>
    public ReadOnlySpan<byte> Parameters { get; private init; }

    /// <param name="argument">Behind the verb; no control characters.</param>
    /// <param name="word"><c>FROM:</c> or <c>TO:</c>, in capitals. RFC 5321 §3.3: "spaces are not permitted on either side of the colon".</param>
    public static MailPath Read(ReadOnlySpan<byte> argument, ReadOnlySpan<byte> word)
    {
        if (argument.Length <= word.Length || !Ascii.EqualsIgnoreCase(argument[..word.Length], word) || argument[word.Length] != '<')
            return default;

        ReadOnlySpan<byte> rest = argument[(word.Length + 1)..];
        if (!TrySkipRoute(ref rest))
            return default;

        int local = LocalPart(rest);
        if (local < 0 || local == rest.Length)
            return default;
        if (rest[local] == '>')
            return Behind(rest, local, new MailPath(local == 0 ? MailPathKind.Null : MailPathKind.NoDomain, rest[..local]));
        if (local == 0 || rest[local] != '@')
            return default;

        ReadOnlySpan<byte> domain = rest[(local + 1)..];
        int length = DomainPart(domain, out bool literal);
        if (length <= 0 || length == domain.Length || domain[length] != '>')
            return default;
        int end = local + 1 + length;
        return Behind(rest, end, new MailPath(literal ? MailPathKind.Literal : MailPathKind.Mailbox, rest[..end], domain[..length]));
    }

    /// <summary>RFC 5321 §4.1.1.3, appendix C: <c>@one,@two:user@three</c>; "SHOULD be ignored", and is taken off.</summary>
    private static bool TrySkipRoute(ref ReadOnlySpan<byte> rest)
    {
        if (rest.IsEmpty || rest[0] != '@')
            return true;

        int colon = rest.IndexOf((byte)':');
        if (colon < 0)
            return false;
        foreach (byte letter in rest[..colon])
        {
            if (!IsOfName(letter) && letter is not ((byte)',' or (byte)'@'))
                return false;
        }

        // A route is taken off a mailbox; what is left may not be a route again, nor nothing.
        rest = rest[(colon + 1)..];
        return !rest.IsEmpty && rest[0] is not ((byte)'@' or (byte)'>');
    }

    /// <summary>The length of the local part; −1 when a quoted one does not end.</summary>
    private static int LocalPart(ReadOnlySpan<byte> rest)
    {
        if (rest.IsEmpty || rest[0] != '"')
        {
            int length = 0;
            while (length < rest.Length && IsOfAtom(rest[length]))
                length++;
            return length;
        }

        // RFC 5321 §4.1.2: a backslash makes a letter of whatever stands behind it. An @ or a > in here ends nothing.
        for (int i = 1; i < rest.Length; i++)
        {
            if (rest[i] == '\\')
                i++;
            else if (rest[i] == '"')
                return i + 1;
        }

        return -1;
    }

    private static int DomainPart(ReadOnlySpan<byte> rest, out bool literal)
    {
        literal = !rest.IsEmpty && rest[0] == '[';
        int length = 0;
        if (!literal)
        {
            while (length < rest.Length && IsOfName(rest[length]))
                length++;
            return length;
        }

        for (length = 1; length < rest.Length; length++)
        {
            if (rest[length] == ']')
                return length + 1;
            if (rest[length] is (byte)'[' or (byte)'\\' or (byte)' ' or (byte)'>' or >= 0x80)
                return -1;
        }

        return -1;
    }

    /// <summary>What stands behind the bracket at <paramref name="end"/>: nothing, or a space and parameters.</summary>
    private static MailPath Behind(ReadOnlySpan<byte> rest, int end, MailPath path)
    {
        ReadOnlySpan<byte> behind = rest[(end + 1)..];
        if (behind.IsEmpty)
            return path;
        if (behind[0] != ' ' || behind.Length == 1)
            return default;
        return new MailPath(path.Kind, path.Address, path.Domain) { Parameters = behind[1..] };
    }

    /// <summary>RFC 5322 §3.2.3 atext, dots, and what RFC 6531 §3.3 adds: anything that is not ASCII.</summary>
    private static bool IsOfAtom(byte letter) =>
        letter >= 0x80 || char.IsAsciiLetterOrDigit((char)letter) || ".!#$%&'*+-/=?^_`{|}~"u8.Contains(letter);

    private static bool IsOfName(byte letter) =>
        letter >= 0x80 || char.IsAsciiLetterOrDigit((char)letter) || letter is (byte)'.' or (byte)'-' or (byte)'_';
}
