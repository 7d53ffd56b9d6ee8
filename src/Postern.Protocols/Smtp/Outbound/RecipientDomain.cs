using System.Text;
using Postern.Protocols.Xmpp;

namespace Postern.Protocols.Smtp.Outbound;

/// <summary>The domain of a recipient, as the DNS has it.</summary>
internal static class RecipientDomain
{
    /// <summary>RFC 1035 §2.3.4: 255 octets on the wire are 253 characters.</summary>
    private const int MaxLength = 253;

    /// <summary>In lower case, without a dot at its end, with A-labels for labels that are not ASCII (RFC 5891 §4.4).</summary>
    /// <param name="domain">As it stands in the address: UTF-8.</param>
    /// <returns>
    /// Null for what is no name of a host. So is what ends in a label of digits: the text of an IP address, and no top-level domain
    /// is made so (RFC 3696 §2).
    /// </returns>
    public static string? Read(ReadOnlySpan<byte> domain)
    {
        if (DomainName.Read(Encoding.UTF8.GetString(domain)) is not { } name)
            return null;

        string ascii = DomainName.ToAscii(name);
        ReadOnlySpan<char> last = ascii.AsSpan(ascii.LastIndexOf('.') + 1);
        return ascii.Length > MaxLength || !last.ContainsAnyExceptInRange('0', '9') ? null : ascii;
    }
}
