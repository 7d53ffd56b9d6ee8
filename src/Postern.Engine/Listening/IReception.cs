using Postern.Engine.Gates;
using Postern.Interop.LibC;

namespace Postern.Engine.Listening;

/// <summary>Who takes what a <see cref="Listener"/> has accepted.</summary>
public interface IReception
{
    /// <param name="gate">Where the client knocked.</param>
    /// <param name="fd">The accepted socket, the callee's from here on.</param>
    /// <param name="client">Who it is, as accept(2) says.</param>
    void Take(Gate gate, int fd, Endpoint client);
}
