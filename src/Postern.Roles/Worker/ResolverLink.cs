using Postern.Engine.Gates;
using Postern.Engine.Outbound;
using Postern.Engine.Upstream;
using Postern.Interop.LibC;
using Postern.Policy.Decision;
using Postern.Policy.Service;
using Postern.Roles.Resolver.Wire;

namespace Postern.Roles.Worker;

/// <summary>Where mail goes, what a backend must show, or which servers a domain has: one of the three clients waits.</summary>
internal readonly record struct AskedResolver
{
    public RouteQuestion? Route { get; init; }

    public IRouteClient? RouteClient { get; init; }

    public BackendQuestion Backend { get; init; }

    public IDemandClient? DemandClient { get; init; }

    public string? Service { get; init; }

    public IServiceClient? ServiceClient { get; init; }
}

/// <summary>The worker's way to the resolver. What it is told is of use and not needed: it is not kept for a socket that is full.</summary>
internal sealed class ResolverLink(int fd) : RoleLink<AskedResolver>(fd), IRouter, IDemandSource, IServiceFinder
{
    private readonly byte[] _answer = GC.AllocateUninitializedArray<byte>(ResolverAnswer.MaxSize);

    protected override int MaxRequest => ResolverRequest.MaxSize;

    public uint Find(RouteQuestion question, IRouteClient client)
    {
        ArgumentNullException.ThrowIfNull(question);
        return Ask(new AskedResolver { Route = question, RouteClient = client });
    }

    public uint FindDemand(Gate gate, int route, int index, IDemandClient client)
    {
        ArgumentNullException.ThrowIfNull(gate);
        return Ask(new AskedResolver { Backend = new BackendQuestion(gate.Number, Math.Max(route, -1), index), DemandClient = client });
    }

    public uint FindService(string domain, IServiceClient client)
    {
        ArgumentNullException.ThrowIfNull(domain);
        return Ask(new AskedResolver { Service = domain, ServiceClient = client });
    }

    public void Tell(HopResult result)
    {
        Span<byte> bytes = stackalloc byte[ResolverRequest.MaxSize];
        int length = ResolverRequest.Write(result, bytes);
        _ = DescriptorPassing.Send(Fd, bytes[..length], [], wait: false);
    }

    protected override int Write(uint number, in AskedResolver asked, Span<byte> message) => asked switch
    {
        { Route: { } route } => ResolverRequest.Write(number, route, message),
        { Service: { } domain } => ResolverRequest.WriteService(number, domain, message),
        _ => ResolverRequest.Write(number, asked.Backend, message),
    };

    protected override bool Receive()
    {
        int length = DescriptorPassing.Receive(Fd, _answer, [], out _, wait: false);
        if (length == -Errno.Interrupted)
            return true;

        // EBADMSG: an answer that is longer than any is.
        if (length <= 0 && length != -BadMessage)
            return false;

        ReadOnlySpan<byte> message = _answer.AsSpan(0, length < 0 ? sizeof(uint) : length);
        if (!Settle(ResolverAnswer.NumberOf(message), out AskedResolver asked))
            return true;

        // A stolen resolver may say anything. It is not believed: the mail and the stream wait, and the backend is not talked to.
        asked.RouteClient?.Routed(
            ResolverAnswer.Read(message, out _) ?? new RouteAnswer(0, [], new SmtpRefusal(451, "4.3.0", "the resolver does not say where the domain's mail goes")));
        asked.DemandClient?.Demanded(BackendAnswer.Read(message) ?? new DemandAnswer(null, "the resolver does not say what it must show"));
        asked.ServiceClient?.Found(ServiceReply.Read(message) ?? new ServiceAnswer(
            [], new ServiceRefusal(ServiceRefusalKind.ConnectionFailed, "the resolver does not say which servers the domain has")));
        return true;
    }
}
