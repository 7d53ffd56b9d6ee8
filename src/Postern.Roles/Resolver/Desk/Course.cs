using System.Collections.Immutable;
using Postern.Policy.Decision;
using Postern.Policy.RequireTls;
using Postern.Roles.Resolver.Wire;

namespace Postern.Roles.Resolver.Desk;

/// <summary>What a worker is told of a domain, ready to be told again: the hosts that fit into an answer, or why there is none.</summary>
/// <param name="Verdicts">Of each host, in the order of the answer.</param>
/// <param name="Hops">The same as workers know them.</param>
/// <param name="Refusal">Not null: there is nobody to try.</param>
public sealed record Course(ImmutableArray<HostVerdict> Verdicts, ImmutableArray<HopCase> Hops, SmtpRefusal? Refusal)
{
    /// <param name="verdicts">Of the survey.</param>
    /// <param name="refusal">Of the survey.</param>
    /// <param name="requireTls">The message demands REQUIRETLS.</param>
    public static Course Of(ImmutableArray<HostVerdict> verdicts, SmtpRefusal? refusal, bool requireTls)
    {
        if (requireTls)
            verdicts = [.. verdicts.Select(RequireTlsRule.Raise)];
        ImmutableArray<HopCase> hops = [.. verdicts.Select(verdict => verdict.Hop)];
        ImmutableArray<int> fitting = ResolverAnswer.Fitting(hops);
        ImmutableArray<HostVerdict> given = [.. fitting.Select(place => verdicts[place])];
        if (refusal is null && given.IsEmpty)
            refusal = new SmtpRefusal(451, "4.3.0", "what the hosts of the domain must show is too long");
        else if (refusal is null && given.All(verdict => verdict.IsSkipped))
            refusal = SmtpRefusal.NoHostLeft([.. given.Select(verdict => verdict.Refusal!)]);
        return new Course(given, [.. fitting.Select(place => hops[place])], refusal);
    }

    /// <summary>
    /// For one of our own reports (RFC 8460 §3: it is delivered "despite any TLS-related failures"): hosts that were passed over for
    /// what policies want are tried, and of none is more demanded than it offers. Who has no address, or none that may be dialled,
    /// stays passed over.
    /// </summary>
    public static Course ForReports(ImmutableArray<HostVerdict> verdicts, SmtpRefusal? refusal)
    {
        ImmutableArray<HostVerdict> open = [.. verdicts.Select(Open)];
        return Of(open, open.Any(verdict => !verdict.IsSkipped) ? null : refusal, requireTls: false);
    }

    public static Course Nowhere(SmtpRefusal refusal) => new([], [], refusal);

    private static HostVerdict Open(HostVerdict verdict) =>
        verdict.Addresses.HasFailed || verdict.Addresses.Addresses.IsEmpty
            ? verdict
            : verdict with { Demand = new TlsDemand(TlsProof.IfOffered, verdict.Host), Watch = null, Refusal = null };
}
