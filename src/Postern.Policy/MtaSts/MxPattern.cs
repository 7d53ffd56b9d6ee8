using Postern.Policy.Dns;

namespace Postern.Policy.MtaSts;

/// <summary>One <c>mx</c> of a policy: a host, or all names that have one label more than a domain (RFC 8461 §4.1).</summary>
/// <param name="Name">The host, or the domain behind the <c>*.</c></param>
/// <param name="IsWildcard">It began with <c>*.</c></param>
public sealed record MxPattern(DnsName Name, bool IsWildcard)
{
    private const string Wildcard = "*.";

    /// <returns>Null for what is none: a star anywhere but alone in the first label, or no name behind it.</returns>
    public static MxPattern? Read(ReadOnlySpan<char> text)
    {
        bool wildcard = text.StartsWith(Wildcard);
        return DnsName.Read(wildcard ? text[Wildcard.Length..] : text) is { } name ? new MxPattern(name, wildcard) : null;
    }

    /// <summary><c>*.example.com</c> is <c>mail.example.com</c>, and neither <c>example.com</c> nor <c>a.b.example.com</c>.</summary>
    public bool Matches(DnsName host) => IsWildcard ? host.Parent == Name : host == Name;

    public override string ToString() => IsWildcard ? Wildcard + Name.Text : Name.Text;
}
