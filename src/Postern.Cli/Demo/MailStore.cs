namespace Postern.Cli.Demo;

/// <summary>The one mailbox of the demo: what the SMTP server took in, the IMAP server shows.</summary>
internal sealed class MailStore
{
    private readonly List<string> _messages = [];

    public int Count
    {
        get
        {
            lock (_messages)
                return _messages.Count;
        }
    }

    public string this[int index]
    {
        get
        {
            lock (_messages)
                return _messages[index];
        }
    }

    public void Add(string message)
    {
        lock (_messages)
            _messages.Add(message);
    }
}
