using System.Collections.Immutable;
using System.Net;
using Postern.Policy.Dns;

namespace Postern.Policy.Dane;

/// <summary>
/// What A and AAAA of a host come to (RFC 7672 §2.2.2). Each family stands for itself: a broken denial of AAAA does not spoil a
/// good A, which is one of the mistakes that were made again and again.
/// </summary>
public sealed record HostAddresses
{
    private HostAddresses(DnsState state, DnsName host, DnsName expanded, ImmutableArray<IPAddress> addresses)
    {
        State = state;
        Host = host;
        Expanded = expanded;
        Addresses = addresses;
    }

    /// <summary>Secure or Insecure when there is somebody to dial, or a denial by all; else why nobody can be.</summary>
    public DnsState State { get; }

    public DnsName Host { get; }

    public DnsName Expanded { get; }

    /// <summary>Whom to dial, IPv6 first. When one family is secure and the other is not, the secure one.</summary>
    public ImmutableArray<IPAddress> Addresses { get; }

    public bool IsAlias => Expanded != Host;

    public bool HasFailed => State is not (DnsState.Secure or DnsState.Insecure);

    /// <param name="v6">Null: this machine does not speak it, and it was not asked for.</param>
    /// <param name="v4">The same; one of the two has to be there.</param>
    public static HostAddresses Of(DnsAnswer<IPAddress>? v6, DnsAnswer<IPAddress>? v4)
    {
        DnsAnswer<IPAddress>[] answers = [.. ((DnsAnswer<IPAddress>?[])[v6, v4]).OfType<DnsAnswer<IPAddress>>()];
        if (answers.Length == 0)
            throw new ArgumentException("an address look-up of one family at least is needed");

        DnsName host = answers[0].Owner;
        foreach (DnsState state in (ReadOnlySpan<DnsState>)[DnsState.Secure, DnsState.Insecure])
        {
            DnsAnswer<IPAddress>[] good = [.. answers.Where(answer => answer.State == state && !answer.Records.IsEmpty)];
            if (good.Length > 0)
                return new(state, host, good[0].Expanded, [.. good.Where(answer => answer.Expanded == good[0].Expanded).SelectMany(answer => answer.Records)]);
        }

        // Nothing to dial. A look-up that failed might have brought something: that is another thing than a host without addresses.
        DnsAnswer<IPAddress> worst = Array.Find(answers, answer => !answer.IsAnswer) ?? answers[0];
        return new(worst.State, host, worst.Expanded, []);
    }

    /// <summary>Those alone that one may dial; what DNSSEC says of them stays.</summary>
    public HostAddresses Only(Func<IPAddress, bool> allowed) => new(State, Host, Expanded, [.. Addresses.Where(allowed)]);

    public override string ToString()
    {
        string alias = IsAlias ? $" (an alias of {Expanded})" : "";
        string count = HasFailed ? "" : Addresses.Length == 1 ? ", 1 address" : $", {Addresses.Length} addresses";
        return $"{Host}{alias}: {DnsWords.Of(State)}{count}";
    }
}
