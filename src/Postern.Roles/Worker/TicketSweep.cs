using System.Collections.Immutable;
using Postern.Engine.Gates;
using Postern.Engine.Loop;
using Postern.Interop.LibC;
using Postern.Interop.LibSsl;

namespace Postern.Roles.Worker;

/// <summary>
/// Wipes session ticket keys whose time is over, in a worker that no client comes to as well: what is stolen from it
/// tomorrow must not open what was sealed today.
/// </summary>
/// <remarks>A timer of the kernel's: a deadline of the loop would wake the worker ten times a second.</remarks>
internal sealed class TicketSweep : PollTarget
{
    private const int Seconds = 60;

    private readonly int _timer;
    private readonly ImmutableArray<TlsServer> _servers;

    private TicketSweep(int timer, ImmutableArray<TlsServer> servers)
    {
        _timer = timer;
        _servers = servers;
    }

    public static void Start(Reactor reactor, ImmutableArray<Gate> gates)
    {
        ImmutableArray<TlsServer> servers = [.. gates.Select(gate => gate.TlsServer).OfType<TlsServer>()];
        int timer = servers.IsEmpty ? -1 : Descriptor.Timer(Seconds);
        if (timer < 0)
            return;

        var sweep = new TicketSweep(timer, servers);
        reactor.Add(sweep);
        _ = reactor.Watch(timer, sweep, 0, PollEvents.In);
    }

    protected override void OnEvents(int which, PollEvents events)
    {
        Span<byte> expirations = stackalloc byte[sizeof(ulong)];
        _ = Descriptor.Read(_timer, expirations);
        foreach (TlsServer server in _servers)
            server.ForgetTicketKeys();
    }

    protected override void OnDeadline()
    {
        // None is set.
    }
}
