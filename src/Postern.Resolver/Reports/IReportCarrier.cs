using System.Collections.Immutable;
using System.Net;

namespace Postern.Resolver.Reports;

/// <summary>What came of bringing a report to a target.</summary>
/// <param name="IsTaken">The target has it, or an MTA that brings it there.</param>
/// <param name="Outcome">In our words, or an answer escaped: printable ASCII.</param>
public readonly record struct Carried(bool IsTaken, string Outcome);

/// <summary>Whoever brings reports to those who want them. It waits, but not without end.</summary>
public interface IReportCarrier
{
    /// <param name="target">An https address.</param>
    /// <param name="addresses">Of its host: only such as a stranger may send us to, unless the operator has allowed others.</param>
    /// <param name="report">JSON in gzip.</param>
    /// <param name="limit">For all of it.</param>
    Carried Post(Uri target, ImmutableArray<IPAddress> addresses, byte[] report, TimeSpan limit);

    /// <param name="from">The envelope's sender.</param>
    /// <param name="to">The envelope's recipient.</param>
    /// <param name="mail">Header and body.</param>
    /// <param name="limit">Until all of it is said. The answer to it has a limit of its own.</param>
    Carried Mail(string from, string to, byte[] mail, TimeSpan limit);
}
