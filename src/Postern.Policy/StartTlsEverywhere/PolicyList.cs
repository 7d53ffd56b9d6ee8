using System.Collections.Immutable;
using Postern.Policy.Operator;

namespace Postern.Policy.StartTlsEverywhere;

/// <summary>The list of STARTTLS Everywhere (policy.json), taken apart.</summary>
/// <param name="Author">A text of the file: to be escaped before it is printed.</param>
/// <param name="Written">Its timestamp. A list that is older than the one in force is not to take its place.</param>
/// <param name="Expires">When its rules end.</param>
/// <param name="Rules">
/// One for each domain, for that domain alone: <c>require = "webpki"</c> with the hosts of the list, until it expires;
/// <see cref="OperatorRule.Testing"/> where the list says so.
/// </param>
public sealed record PolicyList(string Author, DateTimeOffset Written, DateTimeOffset Expires, ImmutableArray<OperatorRule> Rules)
{
    /// <summary>The list says: then fall back, and tell the operator. Rules that have expired do no more than that by themselves.</summary>
    public bool IsExpired(DateTimeOffset now) => now >= Expires;
}

/// <summary>What became of a file.</summary>
/// <param name="List">Null when it is no such list.</param>
/// <param name="Reason">What is wrong with it, in our words.</param>
public sealed record PolicyListResult(PolicyList? List, string Reason = "");
