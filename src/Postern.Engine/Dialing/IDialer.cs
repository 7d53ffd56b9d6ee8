using Postern.Engine.Gates;
using Postern.Interop.LibC;

namespace Postern.Engine.Dialing;

/// <summary>Whoever connects to backends for a thread that may not.</summary>
public interface IDialer
{
    /// <summary>
    /// Begins a connection to one of a gate's addresses. 0 when it stands, −<see cref="Errno.InProgress"/> when
    /// writability will say so, else minus errno, and there is no descriptor.
    /// </summary>
    /// <param name="gate">Whose backend.</param>
    /// <param name="route">The route taken; negative for the gate's own backend.</param>
    /// <param name="index">Which of the addresses of <see cref="Gate.BackendOf"/>.</param>
    /// <param name="fd">Non-blocking, close-on-exec; the caller's.</param>
    int Dial(Gate gate, int route, int index, out int fd);
}

/// <summary>Dials by itself: for a process without a dialer.</summary>
public sealed class DirectDialer : IDialer
{
    public int Dial(Gate gate, int route, int index, out int fd)
    {
        ArgumentNullException.ThrowIfNull(gate);
        return Begin(gate.BackendOf(route)[index], out fd);
    }

    /// <summary>As <see cref="Dial"/>, to this address.</summary>
    public static int Begin(SocketAddress address, out int fd)
    {
        fd = StreamSocket.New(address);
        if (fd < 0)
            return fd;

        int result = StreamSocket.Connect(fd, address);
        if (result is 0 or -Errno.InProgress)
            return result;

        Descriptor.Close(fd);
        fd = -1;
        return result;
    }
}
