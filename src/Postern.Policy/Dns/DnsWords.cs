namespace Postern.Policy.Dns;

/// <summary>States in our words.</summary>
public static class DnsWords
{
    public static string Of(DnsState state) => state switch
    {
        DnsState.Secure => "secure",
        DnsState.Insecure => "insecure",
        DnsState.Bogus => "bogus",
        DnsState.Indeterminate => "indeterminate",
        _ => "failed",
    };
}
