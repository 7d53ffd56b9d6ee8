using Postern.Interop.LibC;

namespace Postern.Roles.Ipc;

/// <summary>What roles do when they have started.</summary>
internal static class RoleStart
{
    /// <summary>Takes what the supervisor has for a service, which comes first: one file in anonymous memory.</summary>
    /// <param name="channel">To the supervisor.</param>
    /// <param name="most">Bytes; more is none.</param>
    /// <param name="what">For the supervisor, where it cannot be read: "the backends".</param>
    /// <returns>Null when there is nobody, or nothing: the role ends.</returns>
    public static byte[]? ReceiveSetup(Channel channel, int most, string what)
    {
        if (channel.Receive(out int[] descriptors) is not { Kind: MessageKind.Setup } || descriptors.Length != 1)
            return null;

        byte[]? content = Descriptor.ReadWhole(descriptors[0], most);
        Descriptor.Close(descriptors[0]);
        if (content is null)
            _ = Fail(channel, $"{what} cannot be read");
        return content;
    }

    /// <summary>Tells the supervisor why there is no role; the exit status.</summary>
    public static int Fail(Channel channel, string why)
    {
        _ = channel.Send(new Message(MessageKind.Failed) { Text = why });
        return 1;
    }

    /// <summary>Tells the supervisor that there is one, with nothing left of its start. False when there is no supervisor.</summary>
    public static bool Ready(Channel channel, string text)
    {
        GiveBack();
        return channel.Send(new Message(MessageKind.Ready) { Text = text });
    }

    /// <summary>Gives back what starting needed and serving does not: the snapshot's text, what was made of it on the way.</summary>
    public static void GiveBack()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        PrivateMemory.Trim();
    }
}
