using System.Text;
using System.Text.RegularExpressions;

namespace Postern.EndToEnd.Rigs;

/// <summary>
/// A client of XMPP that says what a test tells it, over any pair of streams; for what libstrophe does not do: choosing the
/// mechanism, and a channel binding that is right or wrong.
/// </summary>
internal sealed class XmppSession : IDisposable
{
    private readonly Stream _input;
    private readonly Stream _output;
    private readonly string _domain;
    private readonly StringBuilder _heard = new();
    private bool _ended;

    public XmppSession(Stream input, Stream output, string domain)
    {
        _input = input;
        _output = output;
        _domain = domain;
        new Thread(Listen) { IsBackground = true }.Start();
    }

    /// <summary>What was heard and not yet taken.</summary>
    public string Heard
    {
        get
        {
            lock (_heard)
                return _heard.ToString();
        }
    }

    /// <summary>Opens a stream; the features that the server offers.</summary>
    public string Open()
    {
        Say($"<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='{_domain}' version='1.0'>");
        return Take("<stream:features>.*</stream:features>").Value;
    }

    /// <summary>"success" when the server accepts, and has shown that it knows the password too; else its condition.</summary>
    public string Authenticate(string mechanism, ScramClient client)
    {
        Say($"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='{mechanism}'>{Encode(client.First)}</auth>");
        Match answer = Take("<challenge[^>]*>([^<]*)</challenge>|<failure[^>]*><([a-z-]+)/?>.*</failure>");
        if (!answer.Groups[1].Success)
            return answer.Groups[2].Value;

        Say($"<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>{Encode(client.Final(Decode(answer.Groups[1].Value)))}</response>");
        answer = Take("<success[^>]*>([^<]*)</success>|<failure[^>]*><([a-z-]+)/?>.*</failure>");
        if (!answer.Groups[1].Success)
            return answer.Groups[2].Value;
        return client.Accepts(Decode(answer.Groups[1].Value)) ? "success" : "the server does not know the password";
    }

    /// <summary>Gives up a log-in whose challenge has come.</summary>
    public void Abort(string mechanism, ScramClient client)
    {
        Say($"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='{mechanism}'>{Encode(client.First)}</auth>");
        _ = Take("</challenge>");
        Say("<abort xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
        _ = Take("<aborted/></failure>");
    }

    /// <summary>Behind the log-in: binds a resource, and sends a message to somebody.</summary>
    public void Send(string to, string text)
    {
        _ = Open();
        Say("<iq type='set' id='b1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>");
        _ = Take("<jid>[^<]*</jid></bind></iq>");
        Say($"<message type='chat' to='{to}'><body>{text}</body></message>");
    }

    /// <summary>Waits for what matches, and takes it and all that was before it.</summary>
    public Match Take(string pattern)
    {
        Match found = Match.Empty;
        Workplace.WaitFor(
            () =>
            {
                lock (_heard)
                {
                    found = Regex.Match(_heard.ToString(), pattern, RegexOptions.Singleline, TimeSpan.FromSeconds(5));
                    if (found.Success)
                        _ = _heard.Remove(0, found.Index + found.Length);
                    return found.Success || _ended;
                }
            },
            () => $"nothing like {pattern} came: {Heard}");
        return found.Success ? found : throw new EndOfStreamException($"it ended, and nothing like {pattern} came: {Heard}");
    }

    public void Dispose()
    {
        _output.Dispose();
        _input.Dispose();
    }

    private void Say(string words)
    {
        _output.Write(Encoding.UTF8.GetBytes(words));
        _output.Flush();
    }

    private void Listen()
    {
        byte[] buffer = new byte[8192];
        try
        {
            int count;
            while ((count = _input.Read(buffer)) > 0)
            {
                lock (_heard)
                    _ = _heard.Append(Encoding.UTF8.GetString(buffer, 0, count));
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // The other side is gone, or the test is over.
        }

        lock (_heard)
            _ended = true;
    }

    private static string Encode(string text) => Convert.ToBase64String(Encoding.ASCII.GetBytes(text));

    private static string Decode(string text) => Encoding.ASCII.GetString(Convert.FromBase64String(text));
}
