using System.Collections.Concurrent;
using Postern.Engine.Gates;
using Postern.Engine.Loop;
using Postern.Engine.Upstream;

namespace Postern.Engine.Tests.Rig;

/// <summary>A resolver that says of every backend what the test says, in the loop's next turn.</summary>
internal sealed class RigDemands : IDemandSource
{
    private readonly HashSet<uint> _waiting = [];
    private uint _number;

    /// <summary>Set when the engine's thread is there.</summary>
    public Reactor Reactor { get; set; } = null!;

    public DemandAnswer Answer { get; set; } = new(null, "the test has said nothing");

    /// <summary>Route and place of each address that was asked about.</summary>
    public ConcurrentQueue<(int Route, int Index)> Asked { get; } = new();

    public uint FindDemand(Gate gate, int route, int index, IDemandClient client)
    {
        Asked.Enqueue((route, index));
        uint number = ++_number;
        _ = _waiting.Add(number);
        _ = new Later(Reactor, () =>
        {
            if (_waiting.Remove(number))
                client.Demanded(Answer);
        });
        return number;
    }

    public void GiveUp(uint number) => _ = _waiting.Remove(number);
}
