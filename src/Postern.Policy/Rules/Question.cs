using Postern.Policy.Dns;

namespace Postern.Policy.Rules;

/// <summary>What a decision has to know before it goes on.</summary>
public enum QuestionKind
{
    /// <summary>A and AAAA of a host, whichever this machine can dial.</summary>
    Addresses,

    /// <summary>The CNAME of a host, for its DNSSEC state alone.</summary>
    Alias,

    /// <summary>TLSA, at the whole name: <c>_25._tcp.mx.example.org</c>.</summary>
    Tlsa,

    /// <summary>MTA-STS of a domain, from the cache or, where there is none, by TXT and HTTPS.</summary>
    MtaSts,
}

/// <summary>
/// One look-up. Decisions ask for one after another and only for what they need: with each answer they are made again, from the
/// beginning, by the same code that runs when all is known.
/// </summary>
public sealed record Question(QuestionKind Kind, DnsName Name)
{
    public override string ToString() => Kind switch
    {
        QuestionKind.Addresses => $"A and AAAA of {Name}",
        QuestionKind.Alias => $"CNAME of {Name}",
        QuestionKind.Tlsa => $"TLSA of {Name}",
        _ => $"MTA-STS of {Name}",
    };
}
