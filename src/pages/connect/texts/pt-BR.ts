import type { Texts } from "./texts.ts";

/** O que o dono da loja lê, em português do Brasil. */
export const ptBR: Texts = {
  lang: "pt-BR",
  title: (partner) => `Conectar seu número de WhatsApp a ${partner}`,
  titleReauthorise: (partner) => `Renovar o acesso de ${partner} ao seu número de WhatsApp`,
  skip: "Ir para o conteúdo principal",
  noScript: "Esta página precisa de JavaScript para abrir a janela da Meta. Ative-o e recarregue.",
  footer:
    "O app WhatsApp Business continua no seu celular. Você pode desconectar quando quiser, no app: Configurações > Conta > Plataforma comercial.",
  meta: "Na janela da Meta",
  phone: "No seu celular",
  here: "Nesta página",
  idle: {
    meta: "Nada a clicar: ela espera pelo seu celular.",
    phone: "Nada a fazer neste passo.",
  },
  steps: {
    label: "Os onze passos",
    count: (step, all) => `Passo ${step} de ${all}`,
    done: "feito",
    current: "você está aqui",
    list: {
      start: {
        title: "Escolha conectar seu app",
        here: "Digite o número do seu app WhatsApp Business e leia o que muda.",
        phone: "Nada a fazer por enquanto. Deixe o celular por perto e carregado.",
      },
      login: {
        title: "Entre com o Facebook",
        meta: "Entre com a conta do Facebook que cuida da sua empresa e clique em Continuar.",
      },
      portfolio: {
        title: "Escolha sua empresa",
        meta: "Escolha o grupo de ativos comerciais da sua loja. Se não tiver nenhum, crie um: basta um nome.",
      },
      account: {
        title: "Escolha o app WhatsApp Business",
        meta: "Escolha conectar a conta que você usa no app WhatsApp Business. Não escolha um número novo: esse caminho leva a outro lugar.",
      },
      number: {
        title: "Digite seu número",
        meta: "Digite o número do seu app WhatsApp Business e clique em Continuar.",
      },
      qr: {
        title: "Aparece um código QR",
        meta: "Deixe o código nesta tela. Ele se renova sozinho quando fica velho.",
        phone: "Desbloqueie o celular que tem o número e abra o app WhatsApp Business.",
      },
      scan: {
        title: "Leia o código com o celular",
        phone:
          "Toque na câmera no alto à direita do app e aponte para o código. Na tela seguinte, toque em “Conectar à Plataforma comercial”.",
      },
      history: {
        title: "Compartilhe suas conversas, ou não",
        phone:
          "O celular pergunta se você quer compartilhar as conversas anteriores. As duas respostas servem: dá para conectar sem compartilhar.",
      },
      confirm: {
        title: "Confirme sua conta",
        meta: "A Meta pode pedir que você leia um código mais uma vez. Depois a janela se fecha.",
        phone: "Se a janela mostrar outro código, leia-o do mesmo jeito.",
        here: "Confira o nome, o número e o fuso horário que aparecem aqui.",
      },
      bind: {
        title: "Aguarde a Meta",
        here: "Você clica em Confirmar e a Meta vincula seu número à plataforma. Leva segundos, às vezes alguns minutos.",
      },
      finish: {
        title: "Pronto",
        here: "Você vê aqui o que chega do seu celular.",
        phone: "O app também mostra a conexão, em Configurações > Conta > Plataforma comercial.",
      },
    },
  },
  start: {
    heading: "Que número você quer conectar?",
    lead: (partner) =>
      `${partner} vai poder responder aos seus clientes neste número junto com você. Você continua usando o app WhatsApp Business como hoje.`,
    label: "Número do seu app WhatsApp Business",
    hint: "Com o código do país, por exemplo +55 11 91234 5678",
    button: "Verificar este número",
    busy: "Verificando…",
    promise: {
      heading: "Antes de começar",
      items: [
        "O número e as conversas continuam no app do seu celular.",
        "Leva uns cinco minutos. Tenha na mão o celular com o número.",
        "Até a última tela da Meta nada fica conectado: você pode fechar tudo e voltar depois.",
        "Você pode desconectar no app quando quiser.",
      ],
    },
  },
  refusals: {
    invalid:
      "Este número de telefone não está completo. Comece com + e o código do país, depois o número inteiro.",
    country: (country) =>
      `No momento não é possível conectar números deste país: ${country}. Este serviço não aceita números de app com esse código. Use um número de outro país ou fale com a empresa que enviou este link.`,
    unknownCountry: "desconhecido",
  },
  ready: {
    heading: "Prepare-se e abra a janela da Meta",
    headingReauthorise: "Dê o acesso mais uma vez",
    lead: "A Meta faz algumas perguntas numa janela própria. Esta página fica ao lado e diz o que fazer.",
    leadReauthorise:
      "O acesso que você deu antes está acabando ou foi retirado. Seu número continua conectado e nenhuma conversa é compartilhada de novo: a Meta só pede sua permissão outra vez.",
    number: "Seu número",
    change: "Usar outro número",
    checklist: "Marque o que é verdade",
    checks: {
      version: (version) => `Meu app WhatsApp Business está na versão ${version} ou mais recente.`,
      versionHow:
        "Onde ver: no app, Configurações > Ajuda > Dados do app. É mais antiga? Atualize primeiro na loja de apps do celular.",
      hand: "O celular com este número está aqui e a câmera dele funciona.",
      devices: "Sei que meus outros aparelhos conectados serão desconectados.",
      devicesHow: (max) =>
        `Computadores e tablets que você conectou são desconectados uma vez. Depois você pode conectar até ${max} de novo, mas não o WhatsApp para Windows nem relógios com Wear OS: mensagens deles não chegariam à plataforma.`,
    },
    button: "Continuar com o Facebook",
    again: "Abrir a janela da Meta de novo",
    loading: "Carregando a janela da Meta…",
  },
  changes: {
    heading: "O que muda no seu app",
    lead: "Quase tudo fica como está. Três recursos são desativados nas conversas individuais enquanto você estiver conectado, e as listas de transmissão ficam só para leitura.",
    table: "Todos os recursos, um por um",
    columns: { feature: "Recurso", app: "No seu app", api: "Na plataforma" },
    app: { same: "Sem mudança", read_only: "Só leitura", off: "Desativado" },
    api: { mirrored: "Sim, nos dois lados", synced: "Sim", none: "Não" },
  },
  features: {
    chats: {
      name: "Conversas individuais",
      app: "Ficam como estão. Editar e apagar para todos também funcionam.",
      api: "Mensagens novas aparecem nos dois lados, não importa quem escreve. Os últimos seis meses podem ser compartilhados.",
    },
    contacts: {
      name: "Contatos",
      app: "Ficam como estão.",
      api: "Contatos com número de WhatsApp são copiados e mantidos em dia.",
    },
    groups: {
      name: "Grupos",
      app: "Ficam como estão.",
      api: "Os grupos continuam privados: nunca são compartilhados.",
    },
    disappearing: {
      name: "Mensagens temporárias",
      app: "Desativadas em todas as conversas individuais.",
      api: "Não disponível.",
    },
    view_once: {
      name: "Fotos e vídeos de visualização única",
      app: "Desativados em todas as conversas individuais.",
      api: "Não disponível.",
    },
    live_location: {
      name: "Localização em tempo real",
      app: "Desativada em todas as conversas individuais.",
      api: "Não disponível.",
    },
    broadcasts: {
      name: "Listas de transmissão",
      app: "Você pode ler as listas que tem, mas não usá-las nem criar novas.",
      api: "Não disponível.",
    },
    calls: {
      name: "Chamadas de voz e de vídeo",
      app: "Ficam como estão.",
      api: "As chamadas tocam só no seu celular.",
    },
    business_tools: {
      name: "Catálogo, pedidos e status",
      app: "Ficam como estão.",
      api: "Só no seu app.",
    },
    messaging_tools: {
      name: "Mensagens de saudação e de ausência, respostas rápidas, etiquetas, mensagens de marketing",
      app: "Ficam como estão. Se a plataforma responde sozinha, desligue suas mensagens automáticas; senão o cliente recebe as duas.",
      api: "Só no seu app.",
    },
    profile: {
      name: "Perfil comercial (nome, endereço, site)",
      app: "Fica como está.",
      api: "Só no seu app.",
    },
    channels: { name: "Canais", app: "Ficam como estão.", api: "Só no seu app." },
  },
  history: {
    heading: "Compartilhar conversas anteriores: você decide",
    lead: "O celular pergunta isso no passo 8. Você decide lá, não nesta página, e pode dizer não.",
    yes: "Se você compartilhar",
    yesItems: (days, mediaDays) => [
      `As mensagens individuais dos últimos ${days} dias são copiadas para a plataforma.`,
      "Nada de grupos nem de mensagens temporárias.",
      `Fotos, áudios e arquivos só dos últimos ${mediaDays} dias; os mais antigos aparecem como “arquivo não compartilhado”.`,
    ],
    no: "Se você não compartilhar",
    noItems: [
      "Nenhuma mensagem anterior sai do seu celular.",
      "Tudo o que for novo aparece nos dois lados do mesmo jeito.",
    ],
    once: "A Meta pergunta uma vez só. Para compartilhar depois, seria preciso desconectar e conectar de novo.",
  },
  onPhone: {
    heading: "Abra este link num computador",
    lead: "Daqui a alguns passos o celular precisa ler um código numa tela. Ele não consegue ler a própria tela; por isso você precisa de um computador ao lado.",
    how: "Envie este link para você e abra-o no computador:",
    link: "Seu link",
    share: "Compartilhar o link",
    copy: "Copiar o link",
    copied: "Copiado.",
    anyway: "Este não é o celular com o número: continuar aqui",
    caution: "Não passe o link adiante: quem o tem pode continuar em seu nome.",
  },
  popup: {
    heading: "Acompanhe a janela da Meta",
    lead: "A janela da Meta está aberta ao lado desta página. Aqui está o que vem agora; vá no seu ritmo.",
    typeThis: "O número a digitar:",
    back: "Voltar",
    next: "Avançar",
    focus: "Não vejo a janela",
    hidden: "Ela pode estar atrás desta. Procure na barra do computador ou abra de novo:",
    listening: "Esta página avança sozinha assim que a Meta terminar.",
  },
  working: {
    exchanging: {
      heading: "A Meta respondeu. Estamos conferindo.",
      lead: "Conferimos se a permissão é da sua conta e procuramos seu número. Deixe esta página aberta um momento.",
    },
    waiting: {
      heading: "A Meta ainda está preparando seu número",
      lead: "Sua permissão chegou, mas a Meta ainda não mostra seu número. Isso é normal nos primeiros minutos. Perguntamos de novo automaticamente; você pode fechar esta página e voltar pelo mesmo link.",
      notOnApp:
        "Até agora a Meta só mostra números desta conta que não estão no app. Ela pode atrasar alguns minutos; continuamos perguntando por quinze minutos.",
      meanwhile: "Enquanto espera, deixe o app WhatsApp Business aberto no celular.",
      again: "Perguntar agora",
    },
    confirming: {
      heading: "Conectando seu número",
      lead: "A Meta está vinculando seu número à plataforma. Daqui a pouco o celular também mostra.",
      slow: "Está demorando mais de um minuto?",
      slowHow: "Nada se perdeu. Confirme mais uma vez:",
    },
  },
  confirm: {
    heading: "É esta a sua conta?",
    lead: "A Meta nos passou estes dados. Confira antes de confirmar.",
    name: "Nome da empresa",
    number: "Número",
    currency: "Moeda",
    country: "País",
    notKnown: "não informado pela Meta",
    pick: "Sua conta tem vários números. Qual você quer conectar?",
    otherNumber: (entered) =>
      `Este não é o número que você digitou nesta página (${entered}). Se não é o que você quer, feche esta página e peça um link novo.`,
    zone: "Fuso horário",
    zoneMissing:
      "Sua conta ainda não tem fuso horário. Escolha o do lugar onde você trabalha: sem ele a Meta não envia nenhuma mensagem sua.",
    zoneSet: "Vem da sua conta. Mude só se estiver errado.",
    zoneByHand:
      "Não conseguimos gravá-lo na sua conta. Defina-o também no Gerenciador do WhatsApp, da Meta, nas configurações da conta.",
    choose: "Escolha um fuso horário",
    sync: "O que pedimos ao seu celular",
    contacts: "Contatos: nomes e números do seu app",
    history: "Conversas anteriores, se você concordou no celular",
    clock: (hours) =>
      hours <= 1
        ? "A Meta permite isso por menos de uma hora ainda. Depois seria preciso começar de novo."
        : `A Meta permite isso por mais ${hours} horas. Se você não confirmar a tempo, será preciso começar de novo.`,
    button: "Confirmar",
    busy: "Conectando…",
    checks: "Verificações técnicas",
    check: { proven: "tudo certo", missing: "falta", unproven: "não deu para conferir" },
  },
  finished: {
    heading: "Seu número está conectado",
    headingReauthorise: "O acesso foi renovado",
    lead: "O app no celular funciona como antes. A partir de agora as mensagens novas aparecem nos dois lados.",
    leadReauthorise: "Nada mais mudou: seu número esteve conectado o tempo todo.",
    contacts: "Contatos",
    history: "Conversas anteriores",
    keepOpen:
      "Deixe o app WhatsApp Business aberto e o celular no carregador e no Wi-Fi até os dois terminarem. Esta página você pode fechar.",
    contactCount: (count, areAll) =>
      `${count} ${count === 1 ? "contato" : "contatos"}${areAll ? "" : " até agora"}`,
    percent: (percent) => `${percent}%`,
    next: "E agora?",
    nextItems: (max) => [
      "No app, veja Configurações > Conta > Plataforma comercial: a conexão aparece lá.",
      `Conecte de novo seus computadores e tablets (até ${max}; o WhatsApp para Windows e o Wear OS não funcionam com isso).`,
      "Abra o app no celular pelo menos uma vez por semana: depois de umas duas semanas sem uso a Meta encerra a conexão.",
    ],
    ownPayment:
      "A Meta cobra por alguns tipos de mensagem. Inclua sua forma de pagamento no Gerenciador do WhatsApp, da Meta; até lá essas mensagens não são enviadas.",
    back: (partner) => `Voltar para ${partner}`,
    sync: {
      none: "Não foi pedido.",
      not_requested: "Não foi pedido, como você escolheu.",
      requested: "Pedido feito. A primeira parte pode levar até meia hora.",
      unknown: "Pedido feito. Esperando o que chega.",
      importing: "Chegando do seu celular.",
      complete: "Chegou tudo.",
      incomplete: "Uma parte não chegou. A empresa que enviou o link pode ver o que falta.",
      declined:
        "Não compartilhado: foi o que você escolheu no celular. Tudo o que for novo aparece do mesmo jeito.",
      stalled:
        "Faz tempo que não chega nada. Abra o app WhatsApp Business e deixe o celular no carregador.",
      expired: "O prazo que a Meta dá para isso acabou.",
      failed: "A Meta recusou o pedido. As mensagens novas não são afetadas.",
    },
  },
  expired: {
    heading: "Este link venceu",
    lead: (partner) => `Peça um link novo a ${partner}. Nada mudou no seu app por ter esperado.`,
  },
  unknownLink: {
    heading: "Não conhecemos este link",
    lead: "Ele pode ter sido cortado ao copiar. Abra-o de novo na mensagem que você recebeu ou peça um novo.",
  },
  problems: {
    expired_code: {
      title: "A permissão da Meta chegou tarde demais",
      text: "Ela vale só meio minuto e funciona uma vez. Nada se perdeu: abra a janela da Meta de novo.",
    },
    exchange_unknown: {
      title: "A Meta não nos respondeu",
      text: "Não dá para saber se ela aceitou sua permissão, e por isso não a usamos duas vezes. Abra a janela da Meta de novo; ela lembra o que você escolheu.",
    },
    not_listed: {
      title: "A Meta ainda não mostra seu número",
      text: "Isso pode levar alguns minutos. Se passar de uma hora, abra a janela da Meta de novo.",
    },
    foreign_token: {
      title: "A permissão não é para este serviço",
      text: "Abra a janela da Meta de novo a partir desta página e vá até o fim.",
    },
    another_account: {
      title: "Essa foi outra conta",
      text: "Seu número pertence a outra conta do WhatsApp Business. Abra a janela da Meta de novo e escolha a que já está conectada.",
    },
    pick_number: {
      title: "Escolha um número",
      text: "Sua conta tem vários números. Escolha abaixo o que você quer conectar.",
    },
    pick_zone: {
      title: "Escolha um fuso horário",
      text: "Sem fuso horário a Meta não envia nenhuma mensagem sua. Escolha abaixo o do lugar onde você trabalha.",
    },
    webhooks_missing: {
      title: "Este serviço ainda não pode receber suas conversas",
      text: "Contatos e conversas só podem ser pedidos uma vez, e agora não chegariam até nós. Você não fez nada de errado: avise a empresa que enviou este link e confirme de novo quando ela disser.",
    },
    credit_refused: {
      title: "A Meta recusou a linha de crédito para sua conta",
      text: "Nesta página não há o que fazer. Avise a empresa que enviou este link e depois confirme de novo.",
    },
    credit_unknown: {
      title: "A Meta não respondeu sobre a linha de crédito",
      text: "Não sabemos se ela está ativa. Espere um minuto e confirme de novo.",
    },
    currency_missing: {
      title: "Sua conta ainda não tem moeda",
      text: "Escolha uma no Gerenciador do WhatsApp, da Meta, nas configurações da conta. Depois confirme de novo.",
    },
    currency_unsupported: {
      title: "A moeda da sua conta não serve aqui",
      text: "A linha de crédito deste serviço não existe nela. Avise a empresa que enviou este link: ela sabe quais moedas servem.",
    },
    too_late: {
      title: "O prazo que a Meta dá acabou",
      text: "Contatos e conversas podem ser pedidos até um dia depois da janela da Meta. Para compartilhá-los, desconecte no app (Configurações > Conta > Plataforma comercial) e comece de novo com um link novo.",
    },
    not_covered: {
      title: "A permissão é de outra conta",
      text: "A janela da Meta nos deu acesso a uma conta diferente da que você escolheu. Abra-a de novo e escolha a mesma conta do WhatsApp Business em todas as telas.",
    },
    no_coexistence_number: {
      title: "Não há número do app nesta conta",
      text: "A conta que você escolheu não tem número em uso no app WhatsApp Business. Abra a janela da Meta de novo e escolha conectar o app WhatsApp Business.",
    },
    held_elsewhere: {
      title: "Este número está conectado a outra empresa",
      text: "Desconecte-o primeiro no celular: no app WhatsApp Business, Configurações > Conta > Plataforma comercial, depois “Desvincular conta” ou “Desconectar”. Em seguida volte a esta página.",
    },
    foreign_credit: {
      title: "Outra empresa ainda paga pela sua conta",
      text: "Uma empresa com que você trabalhou ainda compartilha a linha de crédito dela com sua conta do WhatsApp, e por isso a nossa não pode ser incluída. Peça a ela que retire, ou peça ao suporte comercial da Meta que remova. Depois tente de novo.",
    },
    wrong_branch: {
      title: "Esse foi outro caminho na janela da Meta",
      text: "Você criou um número novo ou uma conta sem o seu app. Seu app não foi conectado e nada foi gasto. Abra a janela da Meta de novo e, quando ela perguntar o que conectar, escolha seu app WhatsApp Business.",
    },
    cancelled: {
      title: "A janela da Meta foi fechada antes do fim",
      text: "Nada foi conectado. Abra-a de novo quando quiser.",
    },
    popup_error: {
      title: "A janela da Meta informou um problema",
      text: "Espere um minuto e abra de novo. Se acontecer outra vez, avise a empresa que enviou este link; ela pode ver o número do erro que você informou.",
    },
    meta_error: {
      title: "A Meta informou um problema",
      text: "Espere um minuto e abra a janela de novo. Se acontecer outra vez, avise a empresa que enviou este link; ela pode ver o número do erro da Meta.",
    },
    popup_blocked: {
      title: "Seu navegador não abriu a janela da Meta",
      text: "Ele bloqueia janelas novas nesta página. Permita janelas pop-up para esta página (procure um ícone na barra de endereço) e clique no botão de novo.",
    },
    sdk: {
      title: "Não foi possível carregar o login da Meta",
      text: "Um bloqueador de anúncios ou de rastreamento pode estar impedindo. Desligue-o para esta página e recarregue, ou use outro navegador.",
    },
    not_configured: {
      title: "Este serviço ainda não pode conectar números",
      text: "Falta uma configuração do nosso lado. Avise a empresa que enviou este link; você não fez nada de errado.",
    },
    offline: {
      title: "Não conseguimos falar com nosso servidor",
      text: "Verifique sua internet e tente de novo. O que você fez até aqui está guardado.",
    },
    code_lost: {
      title: "A resposta da Meta não chegou até nós",
      text: "A permissão vale só meio minuto. Abra a janela da Meta de novo; ela lembra o que você escolheu.",
    },
    other: {
      title: "Algo não funcionou",
      text: "Abra a janela da Meta de novo. Se acontecer outra vez, avise a empresa que enviou este link.",
    },
  },
  stoppedAt: (step) => `Você tinha chegado a: ${step}.`,
  reported: "Para o suporte",
};
