using Postern.Interop.LibC;
using Postern.Roles.Ipc;
using Xunit;

namespace Postern.Roles.Tests;

public sealed class ChannelTests
{
    /// <summary>Taken out: ECONNRESET in Channel.Receive; then nobody learns why a role did not start.</summary>
    [Fact]
    public void What_a_role_said_before_it_went_is_heard()
    {
        Assert.Equal(0, StreamSocket.Pair(messages: true, nonBlocking: false, out int ours, out int theirs));
        using var supervisor = new Channel(ours);
        using (var role = new Channel(theirs))
        {
            Assert.True(supervisor.Send(new Message(MessageKind.Setup)));
            Assert.True(role.Send(new Message(MessageKind.Failed) { Text = "why" }));
        }

        Assert.Equal("why", supervisor.Receive(out _)?.Text);
        Assert.Null(supervisor.Receive(out _));
    }
}
