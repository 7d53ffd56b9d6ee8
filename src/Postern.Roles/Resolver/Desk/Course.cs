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

    public static Course Nowhere(SmtpRefusal refusal) => new([], [], refusal);
}
