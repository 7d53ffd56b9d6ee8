using System.Collections.Immutable;
using Postern.Policy.Service;

namespace Postern.Engine.Outbound;

/// <summary>Whoever finds out which servers a domain's service has, for a thread that may ask nobody: the resolver.</summary>
public interface IServiceFinder
{
    /// <summary>Begins. The answer comes to <see cref="IServiceClient.Found"/>, once, after this has returned; the number is never 0.</summary>
    /// <param name="domain">In lower case and in ASCII, without a dot at its end; of no valid form, it is refused in the answer.</param>
    /// <param name="client">Who is told.</param>
    uint FindService(string domain, IServiceClient client);

    /// <summary>The answer under this number is not waited for any more, and does not come.</summary>
    void GiveUp(uint number);
}

/// <summary>Who waits for an answer.</summary>
public interface IServiceClient
{
    void Found(ServiceAnswer answer);
}

/// <summary>Which servers a domain has now, for XMPP between servers.</summary>
/// <param name="Targets">In the order in which they are tried; those that are passed over are among them, with their refusals.</param>
/// <param name="Refusal">Not null: there is nobody to try, and that is what the client is told.</param>
public sealed record ServiceAnswer(ImmutableArray<ServiceTarget> Targets, ServiceRefusal? Refusal);
