using Postern.Configuration;
using Postern.Interop.LibC;
using Postern.Interop.LibSqlite;
using Postern.Roles.Ipc;
using Postern.Roles.Sandbox;
using Postern.Store;

namespace Postern.Roles.Recorder;

/// <summary>
/// The recorder: keeps what is known of domains, and counts sessions for reports, in a file.
/// <para>Purpose: that the process which reads hostile DNS and HTTPS has no file, and the one with the file no network.</para>
/// <para>Trust: the supervisor; nothing that a resolver says.</para>
/// <para>Privilege: an ordinary user; files of one directory, no socket (RoleCalls.Recorder).</para>
/// <para>Failure: decisions go on with what the resolver remembers; what is learned meanwhile does not outlive a restart.</para>
/// </summary>
public static class RecorderRole
{
    public const string Name = "recorder";

    private const int MaxSnapshot = 64 * 1024;

    /// <summary>SQLite's parser and sorter need more than a request of another role does.</summary>
    private const int StackSize = 1024 * 1024;

    /// <summary>For the look at the file; 512 MiB take a few seconds where the disk is idle.</summary>
    private static readonly TimeSpan s_beginning = TimeSpan.FromSeconds(10);

    public static int Run(Launched launched)
    {
        var channel = new Channel(Channel.InheritedFd);
        if (RoleStart.ReceiveSetup(channel, MaxSnapshot, "where the recorder's file is") is not { } bytes)
            return 1;

        RecorderSnapshot snapshot = RecorderSnapshot.Read(bytes);
        string directory = Path.Combine(snapshot.State, StoreFile.Folder);
        if (!SqliteLibrary.TryLoad(out string missing))
            return RoleStart.Fail(channel, missing);
        FilePath.MakeOnlyForOwner();
        if (RoleSandbox.Enter(RoleList.Recorder, launched, out string open, directory: directory) is { } problem)
            return RoleStart.Fail(channel, problem);

        // By its user, in its sandbox, and before it is ready: whoever asks is answered out of a file that was looked at. A disk that
        // is stuck holds up no start for longer than this. What is to be told waits until there is a start.
        var alarms = new EarlyAlarms(text => channel.Send(new Message(MessageKind.Alarm) { Text = text }));
        using var desk = new RecorderDesk(directory, () => DateTimeOffset.UtcNow, alarms.Say, snapshot.Reports);
        var begin = new Thread(desk.Begin, StackSize) { IsBackground = true };
        begin.Start();
        _ = begin.Join(s_beginning);
        if (!RoleStart.Ready(channel, open))
            return 1;
        alarms.Begin();
        return ClientThreads.Serve(channel, fd => Answer(desk, channel, fd), StackSize);
    }

    /// <summary>One resolver, until it is gone.</summary>
    private static void Answer(RecorderDesk desk, Channel channel, int fd)
    {
        // One byte more than any request has: a longer one is cut there, and so recognised.
        byte[] request = new byte[RecorderRequest.MaxSize + 1];
        byte[] answer = new byte[RecorderRequest.MaxAnswer];
        while (true)
        {
            int length = StreamSocket.Receive(fd, request);
            if (length == -Errno.Interrupted)
                continue;
            if (length <= 0)
                break;

            int answered = desk.Answer(request.AsSpan(0, length), answer);
            if (answered == RecorderDesk.Refused)
                _ = channel.Send(new Message(MessageKind.Refused));
            if (answered > 0 && StreamSocket.Send(fd, answer.AsSpan(0, answered)) < 0)
                break;
        }

        Descriptor.Close(fd);
    }
}
