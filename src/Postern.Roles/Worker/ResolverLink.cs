using Postern.Engine.Outbound;
using Postern.Interop.LibC;
using Postern.Policy.Decision;
using Postern.Roles.Resolver.Wire;

namespace Postern.Roles.Worker;

internal readonly record struct AskedRoute(RouteQuestion Question, IRouteClient Client);

/// <summary>The worker's way to the resolver. What it is told is of use and not needed: it is not kept for a socket that is full.</summary>
internal sealed class ResolverLink(int fd) : RoleLink<AskedRoute>(fd), IRouter
{
    private readonly byte[] _answer = GC.AllocateUninitializedArray<byte>(ResolverAnswer.MaxSize);

    protected override int MaxRequest => ResolverRequest.MaxSize;

    public uint Find(RouteQuestion question, IRouteClient client)
    {
        ArgumentNullException.ThrowIfNull(question);
        return Ask(new AskedRoute(question, client));
    }

    public void Tell(HopResult result)
    {
        Span<byte> bytes = stackalloc byte[ResolverRequest.MaxSize];
        int length = ResolverRequest.Write(result, bytes);
        _ = DescriptorPassing.Send(Fd, bytes[..length], [], wait: false);
    }

    protected override int Write(uint number, in AskedRoute asked, Span<byte> message) => ResolverRequest.Write(number, asked.Question, message);

    protected override bool Receive()
    {
        int length = DescriptorPassing.Receive(Fd, _answer, [], out _, wait: false);
        if (length == -Errno.Interrupted)
            return true;

        // EBADMSG: an answer that is longer than any is.
        if (length <= 0 && length != -BadMessage)
            return false;

        RouteAnswer? answer = ResolverAnswer.Read(_answer.AsSpan(0, length < 0 ? sizeof(uint) : length), out uint number);
        if (!Settle(number, out AskedRoute asked))
            return true;

        // A stolen resolver may say anything. It is not believed, and the mail waits.
        asked.Client.Routed(answer ?? new RouteAnswer(0, [], new SmtpRefusal(451, "4.3.0", "the resolver does not say where the domain's mail goes")));
        return true;
    }
}
