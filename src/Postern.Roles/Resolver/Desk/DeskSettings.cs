using Postern.Configuration;
using Postern.Policy.Dane;
using Postern.Policy.Operator;

namespace Postern.Roles.Resolver.Desk;

/// <summary>The operator's word on mail and streams to the world, read.</summary>
public sealed record DeskSettings
{
    private const string Opportunistic = "opportunistic";

    public OperatorTable Table { get; init; } = OperatorTable.Empty;

    /// <summary>The operator's own rows, without those of lists: lists are about mail.</summary>
    public OperatorTable ServiceTable { get; init; } = OperatorTable.Empty;

    public Requirement Default { get; init; } = Requirement.None;

    /// <summary>A level that was lost is a refusal.</summary>
    public bool RefusesLoss { get; init; }

    /// <summary>Hosts and policy hosts in private networks may be connected to.</summary>
    public bool AllowsPrivate { get; init; }

    public int Port { get; init; } = DaneCase.SmtpPort;

    /// <summary>Null, and why: check has found them good, so that this is a bug or a file that changed.</summary>
    public static DeskSettings? Read(ResolverSnapshot snapshot, out string problem)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        problem = "";
        Requirement? byDefault = snapshot.Default == Opportunistic ? Requirement.None : RequirementWords.Read(snapshot.Default);
        if (byDefault is null or Requirement.Pin)
        {
            problem = "the default of the policy is none: " + snapshot.Default;
            return null;
        }

        if (PolicyTable.Read(snapshot, out problem) is not { } table || PolicyTable.Read(snapshot with { Lists = [] }, out problem) is not { } own)
            return null;

        return new DeskSettings
        {
            Table = table,
            ServiceTable = own,
            Default = byDefault.Value,
            RefusesLoss = snapshot.RefusesLoss,
            AllowsPrivate = snapshot.AllowsPrivate,
            Port = snapshot.Port,
        };
    }
}
