namespace Postern.Policy.Dns;

/// <summary>Types of records that are asked for, by their numbers.</summary>
public enum RecordType
{
    A = 1,
    Cname = 5,
    Mx = 15,
    Txt = 16,
    Aaaa = 28,
    Srv = 33,
    Tlsa = 52,
}

/// <summary>One question for the DNS. Its class is always IN.</summary>
public sealed record DnsQuestion(DnsName Name, RecordType Type)
{
    /// <summary>For people: <c>MX of example.org</c>.</summary>
    public override string ToString() => $"{Type.ToString().ToUpperInvariant()} of {Name}";
}
