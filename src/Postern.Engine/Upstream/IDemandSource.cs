using Postern.Engine.Gates;
using Postern.Policy.Decision;

namespace Postern.Engine.Upstream;

/// <summary>Whoever knows what DANE says of a backend, for a thread that may ask nobody: the resolver.</summary>
public interface IDemandSource
{
    /// <summary>Begins. The answer comes to <see cref="IDemandClient.Demanded"/>, once, after this has returned; the number is never 0.</summary>
    /// <param name="gate">A gate whose backends DANE proves.</param>
    /// <param name="route">Negative for the gate's own backend.</param>
    /// <param name="index">Which of the addresses of <see cref="Gate.BackendOf"/>.</param>
    /// <param name="client">Who is told.</param>
    uint FindDemand(Gate gate, int route, int index, IDemandClient client);

    /// <summary>The answer under this number is not waited for any more, and does not come.</summary>
    void GiveUp(uint number);
}

/// <summary>Who waits for an answer.</summary>
public interface IDemandClient
{
    void Demanded(DemandAnswer answer);
}

/// <summary>What a backend has to show now.</summary>
/// <param name="Demand">Of DANE; null: it cannot be proved, and is not to be talked to.</param>
/// <param name="Reason">Why, as the end of a sentence; empty with a demand.</param>
public sealed record DemandAnswer(TlsDemand? Demand, string Reason);
