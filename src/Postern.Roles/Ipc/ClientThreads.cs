using Postern.Interop.LibC;

namespace Postern.Roles.Ipc;

/// <summary>
/// Threads for those that a key agent or a dialer serves: one for a worker, several for a socket over which many things
/// are asked at a time. Each thread has a descriptor of its own: they receive from one socket, where a message goes to
/// one of them whole, and none can close it under another.
/// </summary>
internal static class ClientThreads
{
    /// <summary>A stack for one request.</summary>
    public const int StackSize = 256 * 1024;

    /// <summary>
    /// Takes workers from the supervisor as long as it is there, and then waits for them: those that it left end with
    /// their connections, and may still need something.
    /// </summary>
    /// <param name="channel">To the supervisor.</param>
    /// <param name="answer">Serves one descriptor, on a thread of its own.</param>
    /// <param name="stackSize">Of that thread.</param>
    /// <param name="other">Takes messages that bring no client, and what came with them; false for what is no business of the role's.</param>
    public static int Serve(Channel channel, Action<int> answer, int stackSize = StackSize, Func<Message, int[], bool>? other = null)
    {
        List<Thread> threads = [];
        while (channel.Receive(out int[] descriptors) is { } message)
        {
            if (message.Kind != MessageKind.Client)
            {
                if (other?.Invoke(message, descriptors) == true)
                    continue;
                break;
            }

            foreach (int fd in descriptors)
            {
                var thread = new Thread(() => answer(fd), stackSize) { IsBackground = true };
                thread.Start();
                threads.Add(thread);
            }

            _ = threads.RemoveAll(thread => !thread.IsAlive);
        }

        foreach (Thread thread in threads)
            thread.Join();
        return 0;
    }
}
