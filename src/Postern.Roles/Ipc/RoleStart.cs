namespace Postern.Roles.Ipc;

/// <summary>What roles do at their start.</summary>
internal static class RoleStart
{
    /// <summary>Tells the supervisor why there is no role; the exit status.</summary>
    public static int Fail(Channel channel, string why)
    {
        _ = channel.Send(new Message(MessageKind.Failed) { Text = why });
        return 1;
    }
}
