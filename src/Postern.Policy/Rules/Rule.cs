namespace Postern.Policy.Rules;

/// <summary>A rule of a standard, or of the operator.</summary>
/// <param name="Name">Stable; in lower case with hyphens. People and programs read it in <c>postern explain</c>.</param>
/// <param name="Source">Where it stands: <c>RFC 7672 §2.2.1</c>.</param>
public sealed record Rule(string Name, string Source)
{
    /// <summary>It decided something.</summary>
    /// <param name="inputs">What it saw, in our words: names, states, counts; never a text of a peer.</param>
    /// <param name="outcome">What it made of it.</param>
    public FiredRule Fire(string inputs, string outcome) => new(this, inputs, outcome);

    public override string ToString() => Name;
}

/// <summary>A rule that took part in a decision, with what it saw and what it made of it.</summary>
public sealed record FiredRule(Rule Rule, string Inputs, string Outcome)
{
    public override string ToString() => $"{Rule.Name} ({Rule.Source}): {Inputs} -> {Outcome}";
}
