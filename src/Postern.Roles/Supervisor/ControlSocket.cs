using Postern.Engine.Loop;
using Postern.Interop.LibC;

namespace Postern.Roles.Supervisor;

/// <summary>The control socket: who can open it (mode 0600, its owner and root) may ask for status and reload.</summary>
internal sealed class ControlSocket : PollTarget
{
    private const int Backlog = 16;

    /// <summary>Mode 0600.</summary>
    private const uint OwnerOnly = 0x180;

    private readonly Supervisor _supervisor;
    private readonly string _path;
    private readonly int _fd;

    private ControlSocket(Supervisor supervisor, string path, int fd)
    {
        _supervisor = supervisor;
        _path = path;
        _fd = fd;
        supervisor.Reactor.Add(this);
        _ = supervisor.Reactor.Watch(fd, this, 0, PollEvents.In);
    }

    public static ControlSocket? Open(Supervisor supervisor, string path, out string problem)
    {
        problem = "";
        SocketAddress address = SocketAddress.Unix(path);
        int probe = StreamSocket.New(address);
        int answer = StreamSocket.Connect(probe, address);
        Descriptor.Close(probe);
        if (answer >= 0)
        {
            problem = $"another posternd answers at {path}; stop it, or set another [server] control";
            return null;
        }

        if (answer == -Errno.ConnectionRefused && FilePath.IsSocket(path))
            _ = FilePath.Unlink(path);
        else if (answer == -Errno.NoEntry && TryMakeDirectory(path, out problem) is false)
            return null;

        int fd = StreamSocket.Listen(address, Backlog);
        if (fd < 0)
        {
            problem = $"the control socket {path} cannot be made: {Errno.Describe(fd)}";
            return null;
        }

        _ = FilePath.SetMode(path, OwnerOnly);
        return new ControlSocket(supervisor, path, fd);
    }

    public void Close()
    {
        Descriptor.Close(_fd);
        _ = FilePath.Unlink(_path);
    }

    protected override void OnEvents(int which, PollEvents events)
    {
        int fd = StreamSocket.Accept(_fd, out _);
        if (fd >= 0)
            _ = new ControlConnection(_supervisor, fd);
    }

    protected override void OnDeadline()
    {
        // None is set.
    }

    /// <summary>The kernel's word: .NET's own sentences are not linked into posternd, only their names.</summary>
    private static string Why(Exception failure)
    {
        const int LastErrno = 4095;
        return Errno.Describe(failure is UnauthorizedAccessException ? Errno.Access : failure.HResult is > 0 and <= LastErrno ? failure.HResult : Errno.Invalid);
    }

    private static bool TryMakeDirectory(string path, out string problem)
    {
        string directory = Path.GetDirectoryName(path) ?? "/";
        problem = "";
        try
        {
            _ = Directory.CreateDirectory(directory);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problem = $"the directory {directory} for the control socket cannot be made: {Why(e)}; set [server] control to a path that you may write";
            return false;
        }
    }
}
