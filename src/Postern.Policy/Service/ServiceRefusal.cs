namespace Postern.Policy.Service;

/// <summary>Why a domain's service is not reached, in the kinds that XMPP's stream errors have (RFC 6120 §4.9.3).</summary>
public enum ServiceRefusalKind
{
    /// <summary>There is no such domain, or it says that it has no such service: host-unknown.</summary>
    HostUnknown,

    /// <summary>It may be another thing later: remote-connection-failed.</summary>
    ConnectionFailed,

    /// <summary>It did not show what is demanded of it: policy-violation.</summary>
    PolicyViolation,
}

/// <param name="Kind">What the local server may do about it.</param>
/// <param name="Text">A sentence for people, in our words.</param>
public sealed record ServiceRefusal(ServiceRefusalKind Kind, string Text)
{
    /// <summary>What is said when all servers have been passed over: what fell short of a demand, since somebody has to look at it, else the first.</summary>
    /// <param name="reasons">Of each, in their order; one at least.</param>
    public static ServiceRefusal NobodyLeft(IReadOnlyList<ServiceRefusal> reasons)
    {
        ServiceRefusal first = reasons.FirstOrDefault(reason => reason.Kind == ServiceRefusalKind.PolicyViolation) ?? reasons[0];
        return reasons.Count == 1 ? first : first with { Text = $"{first.Text} (all {reasons.Count} servers were passed over)" };
    }
}
