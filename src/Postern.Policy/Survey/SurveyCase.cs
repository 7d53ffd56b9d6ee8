using System.Collections.Immutable;
using Postern.Policy.Dane;
using Postern.Policy.Decision;
using Postern.Policy.Dns;
using Postern.Policy.MtaSts;
using Postern.Policy.Operator;
using Postern.Policy.Ratchet;

namespace Postern.Policy.Survey;

/// <summary>All that is known of one domain so far. What a <see cref="SurveyStep"/> asks for is added, and the survey is made again.</summary>
public sealed record SurveyCase
{
    /// <summary>The recipient's.</summary>
    public required DnsName Domain { get; init; }

    /// <summary>One time for the whole survey. What is fetched in it counts from here.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>The host that the domain's mail goes to; null: what the table says, or its mail exchangers.</summary>
    public DnsName? NextHop { get; init; }

    public OperatorTable Table { get; init; } = OperatorTable.Empty;

    /// <summary>As in <see cref="HostCase.Default"/>.</summary>
    public Requirement Default { get; init; } = Requirement.None;

    /// <summary>What is remembered of MTA-STS, the domain's or that of its next hop; null: nothing.</summary>
    public StsMemory? Sts { get; init; }

    /// <summary>As in <see cref="StsControl.Begin"/>.</summary>
    public bool DeliveryFailed { get; init; }

    /// <summary>A policy that is due for it is fetched again now. Else the survey goes on with the one that is held and says so.</summary>
    public bool RefreshesNow { get; init; }

    /// <summary>The operator has policy hosts in private networks.</summary>
    public bool AllowsPrivateHosts { get; init; }

    /// <summary>The domains' hosts may be in private networks. Not in front of the world: whoever owns a domain would choose whom in this network we dial.</summary>
    public bool DialsPrivateHosts { get; init; } = true;

    /// <summary>Records that OpenSSL would not take, of any host.</summary>
    public ImmutableArray<TlsaRecord> Refused { get; init; } = [];

    public RatchetMemory? Memory { get; init; }

    /// <summary>As in <see cref="HostCase.RefuseLoss"/>.</summary>
    public bool RefusesLoss { get; init; }

    /// <summary>This machine speaks it: AAAA is asked for.</summary>
    public bool HasV6 { get; init; } = true;

    /// <summary>This machine speaks it: A is asked for.</summary>
    public bool HasV4 { get; init; } = true;

    public int Port { get; init; } = DaneCase.SmtpPort;

    /// <summary>How many hosts, from the first on, are decided about: a delivery need not know of the second what it will not need.</summary>
    public int MostHosts { get; init; } = MailRoute.MaxHosts;

    /// <summary>Mixes hosts of one preference (RFC 5321 §5.1), the same way for the same number; 0 leaves them in the order of the answer.</summary>
    public ulong Mix { get; init; }

    /// <summary>What the DNS said so far, in any order.</summary>
    public ImmutableArray<DnsReply> Replies { get; init; } = [];

    /// <summary>What came of the one request for a policy; null: none was made.</summary>
    public StsFetchResult? Policy { get; init; }

    internal DnsReply? Find(DnsQuestion question)
    {
        foreach (DnsReply reply in Replies)
        {
            if (reply.Question == question)
                return reply;
        }

        return null;
    }
}
