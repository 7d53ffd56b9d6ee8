using System.Collections.Immutable;

namespace Postern.Protocols;

/// <summary>
/// A negotiator that greets a backend, asks what it offers and takes its leave; ends with
/// <see cref="Verdict.Finished"/> when <see cref="Extensions"/> is known, else with <see cref="Verdict.Refuse"/>.
/// </summary>
public abstract class ExtensionProbe : Negotiator
{
    /// <summary>
    /// The extension lines fit to be offered in the clear: without AUTH (a password in the clear), STARTTLS (ours),
    /// XCLIENT and XFORWARD (a backend that trusts our address must not get them from a client).
    /// </summary>
    public abstract ImmutableArray<string> Extensions { get; }
}
