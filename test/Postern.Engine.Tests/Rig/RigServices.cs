using System.Collections.Concurrent;
using Postern.Engine.Loop;
using Postern.Engine.Outbound;
using Postern.Policy.Service;

namespace Postern.Engine.Tests.Rig;

/// <summary>A resolver that has for every domain the servers that the test says, in the loop's next turn.</summary>
internal sealed class RigServices : IServiceFinder
{
    private readonly HashSet<uint> _waiting = [];
    private uint _number;

    /// <summary>Set when the engine's thread is there.</summary>
    public Reactor Reactor { get; set; } = null!;

    public ServiceAnswer Answer { get; set; } = new([], new ServiceRefusal(ServiceRefusalKind.ConnectionFailed, "the test has said nothing"));

    public ConcurrentQueue<string> Asked { get; } = new();

    /// <summary>How many questions were given up.</summary>
    public int GivenUp { get; private set; }

    /// <summary>No question is answered.</summary>
    public bool Silent { get; set; }

    public uint FindService(string domain, IServiceClient client)
    {
        uint number = ++_number;
        _ = _waiting.Add(number);
        if (!Silent)
        {
            _ = new Later(Reactor, () =>
            {
                if (_waiting.Remove(number))
                    client.Found(Answer);
            });
        }

        Asked.Enqueue(domain);
        return number;
    }

    public void GiveUp(uint number)
    {
        if (_waiting.Remove(number))
            GivenUp++;
    }
}
