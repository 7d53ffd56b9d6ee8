namespace Postern.Interop.LibC;

/// <summary>
/// Stream sockets by descriptor, always non-blocking and close-on-exec. Results are kernel style: a count or a
/// descriptor, or minus <see cref="Errno"/>. A side that went away is EPIPE, never SIGPIPE.
/// </summary>
public static unsafe class StreamSocket
{
    private const int TypeStream = 1;
    private const int NoSignal = 0x4000;
    private const int Peek = 2;
    private const int DontWait = 0x40;
    private const int More = 0x8000;

    private const int LevelSocket = 1;
    private const int LevelTcp = 6;
    private const int LevelV6 = 41;
    private const int OptionReuseAddress = 2;
    private const int OptionError = 4;
    private const int OptionKeepAlive = 9;
    private const int OptionLinger = 13;
    private const int OptionV6Only = 26;
    private const int OptionNoDelay = 1;
    private const int OptionKeepIdle = 4;
    private const int OptionKeepInterval = 5;
    private const int OptionKeepCount = 6;

    /// <summary>After this much silence a dead peer is looked for, so that an idle IMAP client that lost its network does not stay for ever.</summary>
    private const int KeepIdleSeconds = 300;
    private const int KeepIntervalSeconds = 30;
    private const int KeepCount = 4;

    public static int Receive(int fd, Span<byte> buffer)
    {
        fixed (byte* p = buffer)
            return NativeLibC.Result(NativeLibC.recv(fd, p, buffer.Length, 0));
    }

    /// <param name="fd">The socket.</param>
    /// <param name="bytes">What to send.</param>
    /// <param name="more">More follows at once, a FIN say: one segment for both (MSG_MORE).</param>
    public static int Send(int fd, ReadOnlySpan<byte> bytes, bool more = false)
    {
        fixed (byte* p = bytes)
            return NativeLibC.Result(NativeLibC.send(fd, p, bytes.Length, more ? NoSignal | More : NoSignal));
    }

    /// <summary>Everything up to the other side's end, of at most so many bytes; null when there is more or it breaks off.</summary>
    public static byte[]? ReceiveAll(int fd, int limit)
    {
        using var all = new MemoryStream();
        byte[] buffer = new byte[16 * 1024];
        while (true)
        {
            int received = Receive(fd, buffer);
            if (received == 0)
                return all.ToArray();
            if (received == -Errno.Interrupted)
                continue;
            if (received < 0 || all.Length + received > limit)
                return null;
            all.Write(buffer.AsSpan(0, received));
        }
    }

    /// <summary>All of it, on a socket that waits, and our end behind it. False when the other side is gone.</summary>
    public static bool SendAll(int fd, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int sent = Send(fd, bytes);
            if (sent == -Errno.Interrupted)
                continue;
            if (sent <= 0)
                return false;
            bytes = bytes[sent..];
        }

        ShutdownWrite(fd);
        return true;
    }

    /// <summary>True when at least one byte waits in the kernel: it was sent before now.</summary>
    public static bool HasUnread(int fd)
    {
        byte one;
        return NativeLibC.recv(fd, &one, 1, Peek | DontWait) > 0;
    }

    /// <summary>A listening socket on this address.</summary>
    public static int Listen(SocketAddress address, int backlog)
    {
        ArgumentNullException.ThrowIfNull(address);
        int fd = NativeLibC.Result(NativeLibC.socket(
            address.Family, TypeStream | Descriptor.NonBlocking | Descriptor.CloseOnExec, 0));
        if (fd < 0)
            return fd;

        int one = 1;
        _ = NativeLibC.setsockopt(fd, LevelSocket, OptionReuseAddress, &one, sizeof(int));

        // "[::]:993" listens for IPv4 too, as administrators expect of it, whatever the system's default is.
        int zero = 0;
        if (address.Family == SocketAddress.FamilyV6)
            _ = NativeLibC.setsockopt(fd, LevelV6, OptionV6Only, &zero, sizeof(int));

        int result;
        fixed (byte* p = address.Bytes)
            result = NativeLibC.Result(NativeLibC.bind(fd, p, (uint)address.Bytes.Length));
        if (result == 0)
            result = NativeLibC.Result(NativeLibC.listen(fd, backlog));
        if (result == 0)
            return fd;

        Descriptor.Close(fd);
        return result;
    }

    public static int Accept(int listener, out Endpoint client)
    {
        byte* address = stackalloc byte[SocketAddress.MaxLength];
        uint length = SocketAddress.MaxLength;
        int fd = NativeLibC.Result(NativeLibC.accept4(
            listener, address, &length, Descriptor.NonBlocking | Descriptor.CloseOnExec));
        client = fd >= 0 ? SocketAddress.ToEndpoint(new ReadOnlySpan<byte>(address, (int)Math.Min(length, SocketAddress.MaxLength))) : default;
        return fd;
    }

    /// <summary>A new socket for this address' family.</summary>
    public static int New(SocketAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return NativeLibC.Result(NativeLibC.socket(
            address.Family, TypeStream | Descriptor.NonBlocking | Descriptor.CloseOnExec, 0));
    }

    /// <summary>0 when connected, −<see cref="Errno.InProgress"/> when it will be said by writability.</summary>
    public static int Connect(int fd, SocketAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        fixed (byte* p = address.Bytes)
            return NativeLibC.Result(NativeLibC.connect(fd, p, (uint)address.Bytes.Length));
    }

    /// <summary>What came of a connect: 0, or minus the error. Reading it clears it.</summary>
    public static int PendingError(int fd)
    {
        int error = 0;
        uint length = sizeof(int);
        int result = NativeLibC.Result(NativeLibC.getsockopt(fd, LevelSocket, OptionError, &error, &length));
        return result < 0 ? result : -error;
    }

    /// <summary>Our own end of the connection.</summary>
    public static Endpoint LocalEndpoint(int fd)
    {
        byte* address = stackalloc byte[SocketAddress.MaxLength];
        uint length = SocketAddress.MaxLength;
        return NativeLibC.getsockname(fd, address, &length) == 0
            ? SocketAddress.ToEndpoint(new ReadOnlySpan<byte>(address, (int)Math.Min(length, SocketAddress.MaxLength)))
            : default;
    }

    /// <summary>A receive that waits longer fails with EAGAIN.</summary>
    public static void ReceiveTimeout(int fd, int milliseconds)
    {
        const int OptionReceiveTimeout = 20;
        Timeout(fd, OptionReceiveTimeout, milliseconds);
    }

    /// <summary>A send that waits longer fails with EAGAIN.</summary>
    public static void SendTimeout(int fd, int milliseconds)
    {
        const int OptionSendTimeout = 21;
        Timeout(fd, OptionSendTimeout, milliseconds);
    }

    private static void Timeout(int fd, int option, int milliseconds)
    {
        long* time = stackalloc long[2];
        time[0] = milliseconds / 1000;
        time[1] = milliseconds % 1000 * 1000;
        _ = NativeLibC.setsockopt(fd, LevelSocket, option, time, 2 * sizeof(long));
    }

    /// <summary>Sends FIN; reading goes on.</summary>
    public static void ShutdownWrite(int fd) => _ = NativeLibC.shutdown(fd, 1);

    /// <summary>Closes with RST in place of FIN: the other side's kernel says "connection reset", so that it cannot take a cut for an end.</summary>
    public static void CloseWithReset(int fd)
    {
        int* linger = stackalloc int[2];
        linger[0] = 1;
        linger[1] = 0;
        _ = NativeLibC.setsockopt(fd, LevelSocket, OptionLinger, linger, 2 * sizeof(int));
        Descriptor.Close(fd);
    }

    /// <summary>Small answers leave at once. Without effect on a unix socket.</summary>
    public static void NoDelay(int fd)
    {
        int one = 1;
        _ = NativeLibC.setsockopt(fd, LevelTcp, OptionNoDelay, &one, sizeof(int));
    }

    /// <summary>
    /// Set on a listener: accepted sockets inherit it on Linux, so that no connection pays four system calls for it.
    /// </summary>
    public static void KeepAlive(int fd)
    {
        int one = 1, idle = KeepIdleSeconds, interval = KeepIntervalSeconds, count = KeepCount;
        _ = NativeLibC.setsockopt(fd, LevelSocket, OptionKeepAlive, &one, sizeof(int));
        _ = NativeLibC.setsockopt(fd, LevelTcp, OptionKeepIdle, &idle, sizeof(int));
        _ = NativeLibC.setsockopt(fd, LevelTcp, OptionKeepInterval, &interval, sizeof(int));
        _ = NativeLibC.setsockopt(fd, LevelTcp, OptionKeepCount, &count, sizeof(int));
    }

    /// <summary>Both ends of a connected pair: of messages (SOCK_SEQPACKET) or of a stream.</summary>
    public static int Pair(bool messages, bool nonBlocking, out int first, out int second)
    {
        int* pair = stackalloc int[2];
        int type = (messages ? 5 : TypeStream) | Descriptor.CloseOnExec | (nonBlocking ? Descriptor.NonBlocking : 0);
        int result = NativeLibC.Result(NativeLibC.socketpair(SocketAddress.FamilyUnix, type, 0, pair));
        first = result < 0 ? -1 : pair[0];
        second = result < 0 ? -1 : pair[1];
        return result;
    }

    /// <summary>A datagram socket connected to a unix path (journald's), or to an address; it waits.</summary>
    public static int ConnectDatagram(SocketAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        int fd = NativeLibC.Result(NativeLibC.socket(address.Family, 2 | Descriptor.CloseOnExec, 0));
        if (fd < 0)
            return fd;

        int result = Connect(fd, address);
        if (result == 0)
            return fd;

        Descriptor.Close(fd);
        return result;
    }
}
