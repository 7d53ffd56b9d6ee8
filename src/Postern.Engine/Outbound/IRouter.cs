using System.Collections.Immutable;
using System.Net;
using Postern.Policy.Decision;
using Postern.Policy.TlsRpt;

namespace Postern.Engine.Outbound;

/// <summary>Whoever finds out where mail for a domain goes, for a thread that may ask nobody: the resolver.</summary>
public interface IRouter
{
    /// <summary>Begins. The answer comes to <see cref="IRouteClient.Routed"/>, once, after this has returned; the number is never 0.</summary>
    uint Find(RouteQuestion question, IRouteClient client);

    /// <summary>The answer under this number is not waited for any more, and does not come.</summary>
    void GiveUp(uint number);

    /// <summary>What came of a host that was connected to: for the memory of levels and for the reports. Nobody waits for anything.</summary>
    void Tell(HopResult result);
}

/// <summary>Who waits for an answer.</summary>
public interface IRouteClient
{
    void Routed(RouteAnswer answer);
}

/// <param name="Domain">In lower case and in ASCII, without a dot at its end; of no valid form, it is refused in the answer.</param>
/// <param name="RequireTls">The message demands REQUIRETLS (RFC 8689).</param>
public sealed record RouteQuestion(string Domain, bool RequireTls)
{
    /// <summary>For one of our own reports: no host is passed over for its TLS, none has more to show than it offers, and nothing is counted.</summary>
    public bool IsReport { get; init; }
}

/// <summary>Where mail for a domain goes now.</summary>
/// <param name="Ticket">By which a <see cref="HopResult"/> refers to this answer; of the resolver's choice.</param>
/// <param name="Hosts">In the order in which they are tried; those that are passed over are among them, with their refusals.</param>
/// <param name="Refusal">Not null: there is nobody to try, and that is what the client is told.</param>
public sealed record RouteAnswer(ulong Ticket, ImmutableArray<HopCase> Hosts, SmtpRefusal? Refusal)
{
    /// <summary>The domain's policy of MTA-STS that is enforced, as reports have it; null: there is none.</summary>
    public ReportedPolicy? Sts { get; init; }
}

/// <summary>What came of one connection to a host of a <see cref="RouteAnswer"/>: a session, in the words of RFC 8460.</summary>
/// <param name="Ticket">Of the answer.</param>
/// <param name="Host">The host's place in it.</param>
/// <param name="Address">The one that was connected to.</param>
/// <param name="Failure">Null: it showed what was demanded of it.</param>
/// <param name="WatchFailure">What it did not show, though nobody demanded it (<see cref="HopCase.Watch"/>).</param>
/// <param name="InsideTls">It ended up inside TLS.</param>
public sealed record HopResult(ulong Ticket, int Host, IPAddress Address, TlsFailure? Failure, TlsFailure? WatchFailure, bool InsideTls);
