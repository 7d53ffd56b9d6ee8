using System.Text;

namespace Postern.Policy.Dns;

/// <summary>
/// A name of the DNS: in lower case, without the dot at its end, of the letters that names of hosts and services have. Whoever
/// holds one may compare it, look it up, give it to OpenSSL and print it.
/// </summary>
/// <remarks>Names that are not ASCII come here as A-labels (RFC 8461 §3.2, RFC 8460 §4.4): whoever read the address has made them.</remarks>
public sealed record DnsName
{
    /// <summary>RFC 1035 §2.3.4: 255 octets on the wire are 253 characters.</summary>
    public const int MaxLength = 253;

    private const int MaxLabel = 63;

    private DnsName(string text) => Text = text;

    public string Text { get; }

    /// <summary>The name without its first label; null for a name of one label.</summary>
    public DnsName? Parent
    {
        get
        {
            int dot = Text.IndexOf('.', StringComparison.Ordinal);
            return dot < 0 ? null : new DnsName(Text[(dot + 1)..]);
        }
    }

    /// <summary>Letters, digits, hyphens, underscores and dots.</summary>
    /// <returns>
    /// Null for what is no such name. Also for what ends in a label of digits: that is the text of an IP address, which OpenSSL
    /// would take for one, and no top-level domain is made so (RFC 3696 §2).
    /// </returns>
    public static DnsName? Read(ReadOnlySpan<char> text)
    {
        ReadOnlySpan<char> name = text is [.., '.'] ? text[..^1] : text;
        if (name.Length is 0 or > MaxLength)
            return null;

        Span<char> lower = stackalloc char[MaxLength];
        int start = 0;
        bool digitsOnly = true;
        for (int i = 0; i <= name.Length; i++)
        {
            if (i < name.Length && name[i] != '.')
            {
                if (!char.IsAsciiLetterOrDigit(name[i]) && name[i] is not ('-' or '_'))
                    return null;
                digitsOnly &= char.IsAsciiDigit(name[i]);
                lower[i] = char.ToLowerInvariant(name[i]);
                continue;
            }

            int length = i - start;
            if (length is 0 or > MaxLabel || name[start] == '-' || name[i - 1] == '-')
                return null;
            if (i == name.Length)
                break;

            lower[i] = '.';
            start = i + 1;
            digitsOnly = true;
        }

        return digitsOnly ? null : new DnsName(lower[..name.Length].ToString());
    }

    /// <summary>A name as it stands in RDATA, without compression (RFC 3597 §4: none is in what a resolver hands over).</summary>
    /// <param name="wire">Begins with the name, and may go on.</param>
    /// <param name="length">How many octets it has; 1 for the root, which is no name here.</param>
    public static DnsName? ReadWire(ReadOnlySpan<byte> wire, out int length)
    {
        length = 0;
        var text = new StringBuilder();
        while (length < wire.Length && text.Length <= MaxLength + 1)
        {
            int label = wire[length++];
            if (label == 0)
                return Read(text.ToString());
            if (label > MaxLabel || length + label > wire.Length)
                return null;

            // A dot within a label would make it another name.
            ReadOnlySpan<byte> letters = wire.Slice(length, label);
            if (letters.Contains((byte)'.'))
                return null;
            _ = text.Append(Encoding.Latin1.GetString(letters)).Append('.');
            length += label;
        }

        return null;
    }

    /// <summary><c>_25._tcp</c> before <c>mx.example.org</c>.</summary>
    /// <returns>Null when that is longer than a name can be: then nothing can stand there.</returns>
    public DnsName? Below(string labels) => Read(labels + "." + Text);

    /// <summary>At any depth; a name is not below itself.</summary>
    public bool IsBelow(DnsName other) =>
        Text.Length > other.Text.Length + 1
        && Text[Text.Length - other.Text.Length - 1] == '.'
        && Text.EndsWith(other.Text, StringComparison.Ordinal);

    public override string ToString() => Text;
}
