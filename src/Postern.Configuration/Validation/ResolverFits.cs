using Postern.Configuration.Reading;

namespace Postern.Configuration.Validation;

/// <summary>Either another's word is believed, or it is validated here.</summary>
internal sealed class ResolverFits : IRule
{
    public void Check(FileDraft file, ProblemList problems)
    {
        if (file.Resolver.Table is not { } table || !table.Has("trust-ad"))
            return;

        if (table.Has("forward"))
            problems.Error(table.Place("forward"), table.Name("forward"), "does not go with trust-ad, which says who is asked, and whose word is believed: leave out one of them");
        if (table.Has("anchor"))
            problems.Error(table.Place("anchor"), table.Name("anchor"), "has no effect with trust-ad: nothing is validated here then");
    }
}
