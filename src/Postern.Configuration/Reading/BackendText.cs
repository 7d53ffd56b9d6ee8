using Postern.Configuration.Settings;

namespace Postern.Configuration.Reading;

/// <summary>A backend: an address, or "discover:" and a domain, or somebody's address at it.</summary>
internal static class BackendText
{
    public const string Prefix = "discover:";

    private const string Example = "write \"discover:example.org\" or \"discover:user@example.org\"";

    /// <summary>The address or the domain, or null and what is wrong with it.</summary>
    public static EndpointAddress? Parse(string text, out string wrong)
    {
        if (!text.StartsWith(Prefix, StringComparison.Ordinal))
            return AddressText.Parse(text, out wrong);

        // Of user@domain the domain alone is asked; what stands before the last @ is whatever a mailbox may be called.
        string whole = text[Prefix.Length..];
        int at = whole.LastIndexOf('@');
        string domain = whole[(at + 1)..].ToLowerInvariant();
        wrong = at == 0 || domain.Length == 0
            ? $"{Quoted.Word(text)}: {Example}"
            : WrongDomain(text, domain) ?? "";
        return wrong.Length == 0 ? new EndpointAddress { Domain = domain } : null;
    }

    private static string? WrongDomain(string text, string domain)
    {
        if (AddressText.TryIp(domain.Trim('[', ']')) is not null)
            return $"{Quoted.Word(text)}: an address has no SRV records; {Example}, or the address as \"host:port\"";

        int colon = domain.IndexOf(':', StringComparison.Ordinal);
        if (colon > 0 && AddressText.IsHostName(domain[..colon]))
            return $"{Quoted.Word(text)}: the port is found as well, and not written; {Example}";

        if (domain.Any(letter => letter > '~'))
            return $"{Quoted.Word(text)}: write the domain as DNS has it, each label in ASCII (\"xn--…\")";

        return AddressText.IsHostName(domain) ? null : $"{Quoted.Word(text)}: {Quoted.Word(domain)} is not a domain";
    }
}
